// Passwords for tests: a sasldb2 file of its own, and a saslauthd that answers
// what the test says.
//
//   if (!SaslDatabase::IsInstalled()) GTEST_SKIP() << SaslDatabase::kMissing;
//   SaslDatabase database;
//   database.Add("jean", "falcot.com", "secret");
//
//   ScriptedSaslauthd saslauthd("OK");   // "": it never answers

#ifndef POSTERN_MTA_SERVER_TEST_PASSWORDS_H_
#define POSTERN_MTA_SERVER_TEST_PASSWORDS_H_

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::server {

class SaslDatabase {
 public:
  static constexpr char kMissing[] =
      "there is no saslpasswd2 here (Debian: sasl2-bin)";
  static bool IsInstalled();

  // Adds a user with a password in plain text, as saslpasswd2(8) does.
  void Add(const std::string& user, const std::string& realm,
           const std::string& password) const;

  std::string path() const { return directory_.path() + "/sasldb2"; }

 private:
  const testing::TempDir directory_;
};

class ScriptedSaslauthd {
 public:
  // Answers every question with `answer`; not at all if it is empty.
  explicit ScriptedSaslauthd(std::string answer);
  ~ScriptedSaslauthd();

  // Of the socket: saslauthd_path.
  std::string path() const { return directory_.path() + "/mux"; }

  // What was asked, as "user password service realm".
  std::vector<std::string> questions() const;

 private:
  void Serve();
  // Reads one question off a connection; false: it was closed.
  bool ReadQuestion(int connection);

  const testing::TempDir directory_;
  const std::string answer_;
  int listener_ = -1;
  std::atomic<bool> is_ending_ = false;
  mutable absl::Mutex mutex_;
  std::vector<std::string> questions_;
  std::vector<int> open_;
  std::thread thread_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TEST_PASSWORDS_H_
