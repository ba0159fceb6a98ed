// Real Redis servers for tests: alone, as a Cluster, or watched by a Sentinel.
//
// Each runs in a directory of its own on a loopback port that was free, keeps
// nothing on disk and dies with the object (and with the test).
//
//   if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
//   auto redis = RedisServer::Start({"maxmemory 50mb"});
//   redis->Ask({"SET", "greeting", "hello"});
//   config.add_endpoints(redis->endpoint());
//
// Errors:  a server that does not start ends the test program with its log.
// Threads: one at a time.

#ifndef POSTERN_LIB_TESTING_REDIS_SERVER_H_
#define POSTERN_LIB_TESTING_REDIS_SERVER_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/testing/temp_dir.h"

namespace postern::testing {

class RedisServer {
 public:
  static constexpr char kMissing[] =
      "there is no redis-server here (Debian: redis-server)";
  // Tells whether redis-server and redis-cli are on the PATH.
  static bool IsInstalled();

  // Starts a server with these further lines of redis.conf and waits until it
  // answers. "$PORT" in them is the server's port; `cli_flags` are what
  // redis-cli needs to be let in.
  static std::unique_ptr<RedisServer> Start(
      std::vector<std::string> config = {},
      std::vector<std::string> cli_flags = {});
  // The same as a sentinel.
  static std::unique_ptr<RedisServer> StartSentinel(
      std::vector<std::string> config = {});

  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  ~RedisServer();

  uint16_t port() const { return port_; }
  // "127.0.0.1:port".
  std::string endpoint() const;
  // The server's own directory.
  const std::string& directory() const { return directory_.path(); }

  // Sends a command with redis-cli and returns what it prints, without the
  // newline at the end.
  std::string Ask(const std::vector<std::string>& command) const;

  // Ends the server at once, as a crash would. Its data are gone.
  void Kill();
  // Starts it again at the same port, after Kill().
  void Restart();
  // Stops it from running at all, as a machine that hangs; and lets it go on.
  void Freeze();
  void Thaw();

 private:
  RedisServer(bool is_sentinel, std::vector<std::string> config,
              std::vector<std::string> cli_flags);
  void Launch();
  // Tells within a bounded time whether the server answers.
  bool AwaitAnswer() const;
  std::string Log() const;

  const bool is_sentinel_;
  const std::vector<std::string> config_;
  const std::vector<std::string> cli_flags_;
  TempDir directory_;
  uint16_t port_ = 0;
  uint16_t cluster_port_ = 0;
  pid_t pid_ = -1;
};

// A Redis Cluster of masters that serve all slots between them.
class RedisCluster {
 public:
  static constexpr int kSlots = 16384;

  static std::unique_ptr<RedisCluster> Start(size_t masters);

  size_t size() const { return nodes_.size(); }
  RedisServer& node(size_t index) { return *nodes_[index]; }
  // The node's name within the cluster.
  const std::string& id(size_t index) const { return ids_[index]; }
  // The index of the node that served `slot` at the start.
  size_t FirstOwner(int slot) const;

 private:
  RedisCluster() = default;

  std::vector<std::unique_ptr<RedisServer>> nodes_;
  std::vector<std::string> ids_;
};

// Asks again and again until `is_so`; false after ten seconds of no. For what
// other processes do in their own time.
bool Eventually(const std::function<bool()>& is_so);

}  // namespace postern::testing

#endif  // POSTERN_LIB_TESTING_REDIS_SERVER_H_
