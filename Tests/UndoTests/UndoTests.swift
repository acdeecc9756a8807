// Tests of Undo.
