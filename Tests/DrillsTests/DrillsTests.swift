// Tests of Drills.
