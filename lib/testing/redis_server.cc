#include "lib/testing/redis_server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace postern::testing {
namespace {

constexpr int kLaunchAttempts = 5;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "redis_server: %s\n", why.c_str());
  std::abort();
}

// Starts a program whose output goes to `output` (a file descriptor) and that
// is killed when we end.
pid_t Launch(const std::vector<std::string>& command, int output) {
  std::vector<char*> arguments;
  for (const std::string& word : command) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) Die("cannot fork");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

// Returns what the program wrote; its exit status goes to `exit_status`.
std::string OutputOf(const std::vector<std::string>& command,
                     int* exit_status = nullptr) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) Die("cannot make a pipe");
  const pid_t pid = Launch(command, ends[1]);
  ::close(ends[1]);
  std::string output;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(ends[0], buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    output.append(buffer, n);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (exit_status != nullptr) *exit_status = status;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

// Returns a port that nobody listened on a moment ago.
uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Die("cannot find a free port");
  }
  ::close(fd);
  return ntohs(address.sin_port);
}

bool IsOnPath(const char* program) {
  const char* path = std::getenv("PATH");
  for (const absl::string_view directory :
       absl::StrSplit(path == nullptr ? "/usr/bin" : path, ':')) {
    const std::string file = absl::StrCat(directory, "/", program);
    if (::access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

bool Eventually(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

bool RedisServer::IsInstalled() {
  return IsOnPath("redis-server") && IsOnPath("redis-cli");
}

RedisServer::RedisServer(bool is_sentinel, std::vector<std::string> config,
                         std::vector<std::string> cli_flags)
    : is_sentinel_(is_sentinel),
      config_(std::move(config)),
      cli_flags_(std::move(cli_flags)) {}

std::unique_ptr<RedisServer> RedisServer::Start(
    std::vector<std::string> config, std::vector<std::string> cli_flags) {
  std::unique_ptr<RedisServer> server(
      new RedisServer(false, std::move(config), std::move(cli_flags)));
  server->Launch();
  return server;
}

std::unique_ptr<RedisServer> RedisServer::StartSentinel(
    std::vector<std::string> config) {
  std::unique_ptr<RedisServer> server(
      new RedisServer(true, std::move(config), {}));
  server->Launch();
  return server;
}

RedisServer::~RedisServer() { Kill(); }

void RedisServer::Launch() {
  // Somebody else may have taken the port in the meantime.
  for (int attempt = 0; attempt < kLaunchAttempts; ++attempt) {
    port_ = FreePort();
    cluster_port_ = FreePort();
    Restart();
    if (pid_ > 0) return;
  }
  Die(absl::StrCat("no server came up\n", Log()));
}

void RedisServer::Restart() {
  const std::string file = directory() + "/redis.conf";
  {
    std::ofstream conf(file);
    conf << "bind 127.0.0.1\nport " << port_ << "\ndir " << directory()
         << "\nlogfile " << directory() << "/log\nprotected-mode no\n";
    if (!is_sentinel_) {
      conf << "save \"\"\nappendonly no\ncluster-port " << cluster_port_
           << "\nenable-debug-command yes\n";
    }
    for (const std::string& line : config_) {
      conf << absl::StrReplaceAll(line, {{"$PORT", absl::StrCat(port_)}})
           << "\n";
    }
  }
  std::vector<std::string> command = {"redis-server", file};
  if (is_sentinel_) command.push_back("--sentinel");
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  pid_ = testing::Launch(command, nowhere);
  ::close(nowhere);
  if (!AwaitAnswer()) Kill();
}

bool RedisServer::AwaitAnswer() const {
  bool has_ended = false;
  const bool is_up = Eventually([&] {
    has_ended = ::waitpid(pid_, nullptr, WNOHANG) != 0;
    return has_ended || Ask({"PING"}) == "PONG";
  });
  return is_up && !has_ended;
}

std::string RedisServer::Log() const {
  std::ifstream file(directory() + "/log");
  return std::string(std::istreambuf_iterator<char>(file),
                     std::istreambuf_iterator<char>());
}

std::string RedisServer::endpoint() const {
  return absl::StrCat("127.0.0.1:", port_);
}

std::string RedisServer::Ask(const std::vector<std::string>& command) const {
  std::vector<std::string> words = {"redis-cli",         "-h",
                                    "127.0.0.1",         "-p",
                                    absl::StrCat(port_), "--no-auth-warning"};
  words.insert(words.end(), cli_flags_.begin(), cli_flags_.end());
  words.insert(words.end(), command.begin(), command.end());
  return OutputOf(words);
}

void RedisServer::Kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::Freeze() { ::kill(pid_, SIGSTOP); }
void RedisServer::Thaw() { ::kill(pid_, SIGCONT); }

std::unique_ptr<RedisCluster> RedisCluster::Start(size_t masters) {
  std::unique_ptr<RedisCluster> cluster(new RedisCluster());
  for (size_t i = 0; i < masters; ++i) {
    cluster->nodes_.push_back(RedisServer::Start(
        {"cluster-enabled yes", "cluster-node-timeout 2000"}));
    cluster->ids_.push_back(cluster->node(i).Ask({"CLUSTER", "MYID"}));
  }
  std::vector<std::string> create = {"redis-cli", "--cluster", "create"};
  for (const auto& node : cluster->nodes_) create.push_back(node->endpoint());
  create.push_back("--cluster-yes");
  int status = 0;
  const std::string output = OutputOf(create, &status);
  if (status != 0) Die(absl::StrCat("no cluster came up\n", output));
  // All nodes must know, not only the one that was asked.
  const bool is_up = Eventually([&] {
    return std::all_of(
        cluster->nodes_.begin(), cluster->nodes_.end(), [](const auto& node) {
          const std::string info = node->Ask({"CLUSTER", "INFO"});
          return info.find("cluster_state:ok") != std::string::npos &&
                 info.find("cluster_slots_ok:16384") != std::string::npos;
        });
  });
  if (!is_up) Die("the cluster does not come to agree");
  return cluster;
}

size_t RedisCluster::FirstOwner(int slot) const {
  // redis-cli deals the slots out evenly, in order, rounding each bound.
  const double share = static_cast<double>(kSlots) / nodes_.size();
  for (size_t i = 0; i + 1 < nodes_.size(); ++i) {
    if (slot <= static_cast<int>((i + 1) * share - 1 + 0.5)) return i;
  }
  return nodes_.size() - 1;
}

}  // namespace postern::testing
