"""What the instrumentations of this world call things: tables, and their loader."""
