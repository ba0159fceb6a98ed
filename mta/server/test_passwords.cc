#include "mta/server/test_passwords.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace postern::mta::server {
namespace {

// Debian keeps it where a user's PATH does not look.
constexpr char kPath[] = "PATH=$PATH:/usr/sbin; ";

// Reads exactly `bytes`; false: the connection was closed.
bool ReadAll(int connection, char* to, size_t bytes) {
  while (bytes > 0) {
    const ssize_t n = ::read(connection, to, bytes);
    if (n <= 0) return false;
    to += n;
    bytes -= n;
  }
  return true;
}

}  // namespace

bool SaslDatabase::IsInstalled() {
  const std::string command =
      absl::StrCat(kPath, "command -v saslpasswd2 >/dev/null");
  return std::system(command.c_str()) == 0;
}

void SaslDatabase::Add(const std::string& user, const std::string& realm,
                       const std::string& password) const {
  const std::string command = absl::StrCat(kPath, "exec saslpasswd2 -p -c -f ",
                                           path(), " -u ", realm, " ", user);
  FILE* const input = ::popen(command.c_str(), "w");
  assert(input != nullptr);
  std::fputs(password.c_str(), input);
  const int result = ::pclose(input);
  assert(result == 0);
  static_cast<void>(result);
}

ScriptedSaslauthd::ScriptedSaslauthd(std::string answer)
    : answer_(std::move(answer)) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int bound =
      ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  assert(bound == 0 && ::listen(listener_, 16) == 0);
  static_cast<void>(bound);
  thread_ = std::thread([this] { Serve(); });
}

ScriptedSaslauthd::~ScriptedSaslauthd() {
  is_ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  for (const int connection : open_) ::close(connection);
}

std::vector<std::string> ScriptedSaslauthd::questions() const {
  absl::MutexLock lock(&mutex_);
  return questions_;
}

void ScriptedSaslauthd::Serve() {
  while (!is_ending_) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    if (!ReadQuestion(connection) || answer_.empty()) {
      open_.push_back(connection);  // Held open: who asked waits.
      continue;
    }
    const std::string reply = absl::StrCat(
        std::string(1, '\0'), std::string(1, static_cast<char>(answer_.size())),
        answer_);
    const ssize_t written = ::write(connection, reply.data(), reply.size());
    static_cast<void>(written);
    ::close(connection);
  }
}

// Four strings, each behind its length in two bytes.
bool ScriptedSaslauthd::ReadQuestion(int connection) {
  std::vector<std::string> parts;
  for (int i = 0; i < 4; ++i) {
    unsigned char length[2];
    if (!ReadAll(connection, reinterpret_cast<char*>(length), 2)) return false;
    std::string part(length[0] << 8 | length[1], '\0');
    if (!ReadAll(connection, part.data(), part.size())) return false;
    parts.push_back(std::move(part));
  }
  absl::MutexLock lock(&mutex_);
  questions_.push_back(absl::StrJoin(parts, " "));
  return true;
}

}  // namespace postern::mta::server
