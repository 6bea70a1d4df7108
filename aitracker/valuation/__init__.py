"""What start-ups are worth: histories, step-ups, time to unicorn, growth."""
