// Tests of Playbooks.
