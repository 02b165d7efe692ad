"""What is wrong with a data folder: file, column, row and remedy, from footers or every row."""
