// Tests that need root.
