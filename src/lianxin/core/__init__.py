"""Pure room: expressions over declared tables. It knows no framework, disk, clock or engine."""
