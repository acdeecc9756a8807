// Whole drills.
