// Tests of ReferenceQueue.
