// Cyrus SASL in this process: knows the mechanisms, and where the passwords
// are (sasldb2, saslauthd, whatever plug-in is installed).
//
//   ASSIGN_OR_RETURN(std::shared_ptr<const CyrusServer> server,
//                    CyrusServer::Create(options));
//   auto exchange = std::make_shared<CyrusExchange>(server, is_encrypted);
//   AuthAnswer answer = exchange->Advance(input);   // blocks
//
// The library is one for the whole process: the application's name and the
// folder of its configuration file are those of the first Create(). All else
// is passed to each exchange, so listeners may differ. Security layers are
// never negotiated: TLS has that task.
//
// Source:  Cyrus SASL 2.1, sasl_server_new(3) and its neighbours.
// Errors:  Create() returns InvalidArgument, FailedPrecondition if another name
//          or folder is wanted now.
// Threads: CyrusServer is immutable. An exchange is used by one thread at a
//          time; Advance() blocks as long as saslauthd or a file does.
// Limits:  no line of the library's log with secrets in it is passed on.

#ifndef POSTERN_MTA_SERVER_AUTH_CYRUS_H_
#define POSTERN_MTA_SERVER_AUTH_CYRUS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "mta/sasl/mechanisms.h"
#include "mta/server/auth_exchange.h"

namespace postern::mta::server {

struct CyrusOptions {
  std::string application = "smtpd";  // Of <application>.conf.
  std::string config_path;            // Empty: where Cyrus SASL looks itself.
  std::string hostname;
  std::string realm;  // Empty: the host's name.
  sasl::SecurityOptions clear;
  sasl::SecurityOptions encrypted;
  sasl::MechanismFilter filter;
  // What <application>.conf could say as well; these come first.
  std::vector<std::pair<std::string, std::string>> settings;
};

class CyrusExchange;

class CyrusServer {
 public:
  static absl::StatusOr<std::shared_ptr<const CyrusServer>> Create(
      CyrusOptions options);
  CyrusServer(const CyrusServer&) = delete;
  CyrusServer& operator=(const CyrusServer&) = delete;
  ~CyrusServer();

  // Returns the mechanisms to offer, in upper case.
  const std::vector<std::string>& Mechanisms(bool is_encrypted) const {
    return is_encrypted ? encrypted_mechanisms_ : clear_mechanisms_;
  }

 private:
  friend class CyrusExchange;
  class Callbacks;
  explicit CyrusServer(CyrusOptions options);

  const CyrusOptions options_;
  const std::unique_ptr<const Callbacks> callbacks_;
  std::vector<std::string> clear_mechanisms_;
  std::vector<std::string> encrypted_mechanisms_;
};

// One attempt of one client.
class CyrusExchange {
 public:
  CyrusExchange(std::shared_ptr<const CyrusServer> server, bool is_encrypted);
  CyrusExchange(const CyrusExchange&) = delete;
  CyrusExchange& operator=(const CyrusExchange&) = delete;
  ~CyrusExchange();

  // Takes what the client said: first what came with AUTH, then each response.
  // After another result than kChallenge the exchange is over.
  AuthAnswer Advance(const AuthInput& input);

 private:
  friend class CyrusServer;
  class Connection;

  const std::shared_ptr<const CyrusServer> server_;
  const bool is_encrypted_;
  std::unique_ptr<Connection> connection_;  // From the first Advance() on.
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_AUTH_CYRUS_H_
