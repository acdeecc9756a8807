// Tests of Faults.
