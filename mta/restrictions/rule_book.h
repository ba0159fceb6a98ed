// Turns the text of restriction lists into rules.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<RuleBook> book,
//                    RuleBook::Create(config, services));
//   ASSIGN_OR_RETURN(RuleList list,
//                    book->Read("permit_mynetworks, reject", ""));
//
// Restriction classes of the configuration are names like any other. Once the
// configuration has been read, Seal() ends the opening of tables; lists in
// access tables and in the answers of policy services are still read.
//
// Source:  postconf(5): names, smtpd_restriction_classes, warn_if_reject.
// Errors:  InvalidArgument: what is wrong with the text; an unknown name comes
//          with the nearest known one.
// Threads: immutable once sealed; safe to share then.

#ifndef POSTERN_MTA_RESTRICTIONS_RULE_BOOK_H_
#define POSTERN_MTA_RESTRICTIONS_RULE_BOOK_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/restrictions/rule.h"
#include "mta/restrictions/rule_resources.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

struct RuleList {
  struct Entry {
    std::string name;
    bool warn_if_reject = false;
    std::unique_ptr<Rule> rule;        // Null: the entry is a class.
    const RuleList* nested = nullptr;  // What is in the class.
  };
  std::vector<Entry> entries;
};

class RuleBook {
 public:
  // Reads the classes.
  static absl::StatusOr<std::unique_ptr<RuleBook>> Create(
      const config::v1::Mta& config, Services services);

  // Reads a list, or a piece of one. `table_rule` is what a table alone stands
  // for: "check_client_access" in a list about clients; "": it is an error. The
  // book must outlive the list.
  absl::StatusOr<RuleList> Read(absl::string_view text,
                                absl::string_view table_rule) const;

  void Seal() { resources_.Seal(); }
  bool needs_client_name() const { return needs_client_name_; }

  // Tells what a list does to a stranger who wants to relay, by itself and
  // whatever tables and others say (MTA-36).
  static Rule::Effect EffectOf(const RuleList& list);

 private:
  RuleBook(const config::v1::Mta& config, Services services)
      : config_(config),
        services_(std::move(services)),
        resources_(services_.tables) {}

  absl::Status ReadClasses();
  // Reads the entry that begins with words[next] and moves `next` behind it.
  absl::StatusOr<RuleList::Entry> ReadEntry(
      const std::vector<std::string>& words, absl::string_view table_rule,
      size_t& next) const;
  absl::Status Unknown(absl::string_view name) const;

  const config::v1::Mta config_;
  const Services services_;
  // Unchanged once sealed.
  mutable RuleResources resources_;
  mutable bool needs_client_name_ = false;
  std::map<std::string, RuleList, std::less<>> classes_;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_RULE_BOOK_H_
