"""Whose judgement helps and who only copies, measured on people whose ways are known."""
