#include "ctl/child_output.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "lib/base/file.h"

extern char** environ;

namespace postern::ctl {
namespace {

// Starts the program with its output into `output`.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command,
                            int output) {
  std::vector<char*> words;
  for (const std::string& word : command) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, words[0], &actions, nullptr,
                                   words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return ErrnoStatus(error, command[0]);
  return child;
}

absl::Status ReadLines(
    FILE* input, absl::FunctionRef<absl::Status(absl::string_view line)> take) {
  char* line = nullptr;
  size_t capacity = 0;
  absl::Status status;
  while (status.ok()) {
    const ssize_t size = ::getline(&line, &capacity, input);
    if (size < 0) break;
    absl::string_view text(line, static_cast<size_t>(size));
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    status = take(text);
  }
  std::free(line);
  return status;
}

// Waits for the program and returns its exit code; 128 if a signal ended it.
int AwaitExit(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

absl::Status ForEachLine(
    const std::vector<std::string>& command,
    absl::FunctionRef<absl::Status(absl::string_view line)> take) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe");
  const absl::StatusOr<pid_t> child = Spawn(command, ends[1]);
  ::close(ends[1]);
  const std::unique_ptr<FILE, int (*)(FILE*)> input(::fdopen(ends[0], "r"),
                                                    &std::fclose);
  if (!child.ok()) return child.status();
  const absl::Status status = ReadLines(input.get(), take);
  if (!status.ok()) {
    // The program must not wait for ever to be read.
    ::kill(*child, SIGTERM);
    AwaitExit(*child);
    return status;
  }
  const int code = AwaitExit(*child);
  if (code == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(command[0], ": exit code ", code));
}

}  // namespace postern::ctl
