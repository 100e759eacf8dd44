#pragma once

namespace reprise::cli {

/// What the process says to whoever started it. docs/operations.md tells which of them a restart may help.
enum ExitCode : int {
  kOk = 0,
  kRuntime = 1,        ///< it ran and failed, or was forced to end
  kConfiguration = 2,  ///< what was asked for is wrong; the same again fails the same
  kEnvironment = 3,    ///< what it needs is not there: a directory, a lock, a broker
};

}  // namespace reprise::cli
