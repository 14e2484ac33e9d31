"""What is fetched over HTTP besides the two services: attachments, and the trusted root certificates."""
