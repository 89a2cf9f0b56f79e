"""E-mail: the mailbox it is fetched from, and the message it is."""
