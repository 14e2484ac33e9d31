"""What all surfaces share: context, autocomplete, cards, charts and persistent components."""
