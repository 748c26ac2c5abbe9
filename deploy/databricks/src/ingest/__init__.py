"""Reads the lines that penstock lands into a Delta table that equals the DynamoDB table."""
