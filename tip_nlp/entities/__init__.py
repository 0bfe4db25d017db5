"""What an analyst follows up: contacts, money, places, licence numbers, ages and dates, each with its place."""
