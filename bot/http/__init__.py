"""HTTP: clients, bodies of bounded size, and the attachments of members."""
