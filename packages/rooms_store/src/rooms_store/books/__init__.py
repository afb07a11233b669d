"""The books in SQL, one file for each subject of `ports.books`."""
