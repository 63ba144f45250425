"""Files of citizens: brought in, checked, stored, shared, removed. The functions are imported from their modules."""
