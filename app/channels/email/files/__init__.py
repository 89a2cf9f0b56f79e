"""Opens the files that come with mails; foreign formats, so only ever called in a child process."""
