// A name server on loopback for tests: it answers as it was told, over UDP.
//
//   ScriptedNameServer server;
//   server.Add("mx.example", Type::kA, {std::string("\xc0\x00\x02\x01", 4)});
//   server.SetBehaviour("broken.example", {.rcode = 2});
//   config.add_servers(server.address());
//
// A name that was never mentioned does not exist (NXDOMAIN).
//
// Threads: locks internally; one thread of its own.

#ifndef POSTERN_LIB_DNS_SCRIPTED_NAME_SERVER_H_
#define POSTERN_LIB_DNS_SCRIPTED_NAME_SERVER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/unique_fd.h"
#include "lib/dns/resolver.h"

namespace postern::dns {

class ScriptedNameServer {
 public:
  // How all questions for a name are answered.
  struct Behaviour {
    int rcode = 0;
    bool is_silent = false;
  };

  ScriptedNameServer();
  ScriptedNameServer(const ScriptedNameServer&) = delete;
  ScriptedNameServer& operator=(const ScriptedNameServer&) = delete;
  ~ScriptedNameServer();

  // "127.0.0.1:12345".
  const std::string& address() const { return address_; }

  // `rdata` is sent as it is, right or wrong.
  void Add(const std::string& name, Type type, std::vector<std::string> rdata);
  void AddCname(const std::string& name, absl::string_view target);
  void SetBehaviour(const std::string& name, Behaviour behaviour);

  // How many questions there were for `name`.
  int Asked(const std::string& name) const;

 private:
  struct Question {
    std::string name;
    uint16_t type = 0;
    size_t end = 0;  // Of the question in the packet.
  };

  void Run();
  static std::optional<Question> Parse(absl::string_view packet);
  // Returns the answer, or nothing at all.
  std::string Answer(absl::string_view packet);

  std::string address_;
  UniqueFd socket_;
  mutable absl::Mutex mutex_;
  std::map<std::pair<std::string, uint16_t>, std::vector<std::string>> records_
      ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Behaviour> names_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> asked_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_SCRIPTED_NAME_SERVER_H_
