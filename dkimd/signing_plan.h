// Which signatures a message of an author gets: the domains of the
// configuration first, then the tables.
//
//   ASSIGN_OR_RETURN(SigningPlan plan,
//                    SigningPlan::FromConfig(config.signing(), files));
//   for (const Identity& identity : plan.For(author)) …
//
// All of it is read and checked when it is made, so that a broken table never
// takes the place of a good one (DK-19). Keys are not opened here.
//
// Source:  opendkim.conf(5) Domain, SubDomains, Selector, KeyFile,
// SigningTable,
//          KeyTable, MultipleSignatures.
// Errors:  FromConfig() returns InvalidArgument, or what ReadFile() returns;
// the
//          text begins with the field.
// Threads: immutable.

#ifndef POSTERN_DKIMD_SIGNING_PLAN_H_
#define POSTERN_DKIMD_SIGNING_PLAN_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dkimd/signing_table.h"
#include "lib/dkim/key_source.h"
#include "lib/dkim/key_table.h"
#include "lib/mail/address.h"
#include "proto/config/v1/dkimd.pb.h"

namespace postern::dkimd {

// One signature to be made.
struct Identity {
  std::string domain;    // d=
  std::string selector;  // s=
  std::string signer;    // i=; empty: none.
  dkim::KeySource key;

  friend bool operator==(const Identity&, const Identity&) = default;
};

class SigningPlan {
 public:
  SigningPlan() = default;
  // `files` gets the files that were read.
  static absl::StatusOr<SigningPlan> FromConfig(
      const config::v1::DkimSigning& config, std::vector<std::string>& files);

  // The signatures for mail of `author`; none: it is not signed.
  std::vector<Identity> For(const mail::Address& author) const;

  // Whether we sign for anybody in `domain`.
  bool SignsFor(absl::string_view domain) const;

  // The file of the key table; empty: there is none.
  const std::string& key_table_file() const { return key_table_file_; }

  // The keys that are known without an author, at most so many.
  std::vector<dkim::KeySource> Keys(size_t limit) const;

 private:
  struct OwnDomain {
    bool subdomains = false;
    // Shared by all domains of one block.
    std::shared_ptr<const std::vector<dkim::KeyTable::Entry>> keys;
  };

  absl::Status AddDomains(const config::v1::DkimSigning& config,
                          std::vector<std::string>& files);
  absl::Status ReadTables(const config::v1::DkimSigning& config,
                          std::vector<std::string>& files);
  // The block for `domain`, and the name it has there.
  const OwnDomain* Own(absl::string_view domain, absl::string_view& name) const;

  absl::flat_hash_map<std::string, OwnDomain> domains_;
  SigningTable signing_table_;
  dkim::KeyTable key_table_;
  std::string key_table_file_;
  bool takes_all_ = false;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_SIGNING_PLAN_H_
