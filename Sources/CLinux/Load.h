#pragma once
#include "include/CLinux.h"

// What a child that is no program does until it is killed; async-signal-safe, since its process was
// made from one with more threads.
void clinux_load(int kind, uint64_t amount);
