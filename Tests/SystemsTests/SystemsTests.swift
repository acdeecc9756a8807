// Tests of Systems.
