// The configuration in the form that messages are handled by: read and checked
// as a whole. A reload makes a new one; messages under way end by the one they
// began with, and a broken one never takes its place (DK-19).
//
// Errors:  FromConfig() returns InvalidArgument, or what ReadFile() returns;
// the
//          text begins with the field.
// Threads: immutable.

#ifndef POSTERN_DKIMD_SETTINGS_H_
#define POSTERN_DKIMD_SETTINGS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dkimd/address_list.h"
#include "dkimd/client_rules.h"
#include "dkimd/finding.h"
#include "dkimd/key_store.h"
#include "dkimd/sanitizer.h"
#include "dkimd/signing_plan.h"
#include "lib/dkim/signer.h"
#include "lib/dkim/verifier.h"
#include "lib/mail/address.h"
#include "lib/table/table.h"
#include "proto/config/v1/dkimd.pb.h"

namespace postern::dkimd {

struct Settings {
  static absl::StatusOr<std::shared_ptr<const Settings>> FromConfig(
      const config::v1::Dkimd& config);

  bool is_monitor = false;
  bool signs = true;
  bool verifies = true;
  uint32_t max_log_lines_per_second = 0;

  ClientRules clients;
  std::unique_ptr<const table::Table> login_authors;  // Null: all may all.

  SigningPlan plan;
  KeyStore::Options keys;
  dkim::SignerSettings signer;
  std::vector<std::string> sender_headers;
  bool removes_old_signatures = false;
  AddressList unsigned_recipients;

  dkim::VerifierSettings verifier;
  absl::Duration verify_timeout;

  SanitizerRules sanitizer;
  std::string authserv_id;  // Empty: that of the server.
  bool has_job_id = false;
  bool always_adds_results = false;
  bool has_header_b = true;

  uint64_t replay_threshold = 0;

  bool verifies_arc = false;
  std::optional<Identity> arc_sealer;  // Unset: nothing is sealed.
  AddressList trusted_sealers;

  // What is done for each finding.
  std::array<Action, kFindings> actions = {};
  Action ActionFor(Finding finding) const {
    return actions[static_cast<size_t>(finding)];
  }

  // Whether the login may have mail of all these authors signed.
  bool MaySignFor(absl::string_view login,
                  const std::vector<mail::Address>& authors) const;

  // The files that it was made from.
  std::vector<std::string> files;

 private:
  absl::Status ReadClients(const config::v1::DkimClients& config);
  absl::Status ReadSigning(const config::v1::DkimSigning& config);
  absl::Status CheckKeys() const;
  absl::Status ReadNames(const config::v1::DkimSigning& config);
  void ReadVerification(const config::v1::Dkimd& config);
  absl::Status ReadResults(const config::v1::DkimResults& config);
  absl::Status ReadArc(const config::v1::DkimArc& config,
                       absl::string_view key_directory);
};

// The name of this machine.
std::string MachineName();

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_SETTINGS_H_
