#pragma once

#if defined(__SANITIZE_THREAD__)
// Of ThreadSanitizer's run-time library (llvm-project, compiler-rt/lib/tsan/rtl/tsan_interface_ann.cpp), which has no header for them.
extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char* file, int line);
#endif

namespace reprise::state {

/// What this thread reads while one exists is unknown to ThreadSanitizer. For a call into a library that was built without it:
/// the threads hand each other memory by atomics that it does not see, and each hand-over looks like a race. RocksDB's case:
/// of several that write at the same time one copies the batches of all.
class UnseenByTsan {
 public:
#if defined(__SANITIZE_THREAD__)
  UnseenByTsan() { AnnotateIgnoreReadsBegin(__FILE__, __LINE__); }
  ~UnseenByTsan() { AnnotateIgnoreReadsEnd(__FILE__, __LINE__); }
#else
  UnseenByTsan() {}
  ~UnseenByTsan() {}
#endif
  UnseenByTsan(const UnseenByTsan&) = delete;
  UnseenByTsan& operator=(const UnseenByTsan&) = delete;
};

}  // namespace reprise::state
