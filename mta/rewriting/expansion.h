// What a recipient stands for: the addresses of virtual_alias_maps and, for the
// users of this machine, those of alias_maps, all the way down.
//
//   CO_ASSIGN_OR_RETURN(std::vector<Target> targets,
//                       co_await expansion.Expand(address));
//
// A local user's alias that has itself among its values also means the user. An
// alias "owner-name" gets the bounces of what "name" stands for. Mail for
// "|command" and "/file" is failed with 5.7.1 unless allow_mail_to_commands and
// allow_mail_to_files say otherwise (security catalogue MTA-33). :include:
// files are read only if allow_alias_includes says so, and only files that
// nobody else can write to.
//
// Source:  virtual(5), aliases(5); Postfix: cleanup(8) and local(8). Local
//          aliases are expanded here, before the message is queued, not when it
//          is delivered.
// Errors:  Open(): the text starts with the config field at fault. Expand(): an
//          error with the reply 451 4.3.0 when a table or a file cannot be
//          read, 451 4.6.0 when the limits do not suffice. A circle of local
//          aliases is a target that is failed with 5.4.6.
// Threads: immutable once created; safe to share.
// Limits:  virtual_alias_recursion_limit, virtual_alias_expansion_limit and
//          virtual_alias_address_length_limit; local aliases 100 deep; a file
//          of 4 MiB; kMaxTargets for one recipient.

#ifndef POSTERN_MTA_REWRITING_EXPANSION_H_
#define POSTERN_MTA_REWRITING_EXPANSION_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "lib/mail/address.h"
#include "lib/net/task.h"
#include "mta/rewriting/address_book.h"
#include "mta/rewriting/address_map.h"
#include "mta/rewriting/alias_value.h"
#include "mta/rewriting/canonical.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::rewriting {

struct Target {
  mail::Address address;
  // Who gets its bounces; empty: the sender.
  std::string owner;
  // Not empty: it is failed, with this status and text.
  std::string verdict;
  // Not empty: what stands behind that address is this file or this command.
  std::string file;
  std::string command;
};

class Expansion {
 public:
  static constexpr size_t kMaxTargets = 50'000;

  // `canonical` must outlive it.
  static absl::StatusOr<std::unique_ptr<Expansion>> Open(
      const config::v1::Mta& config, std::shared_ptr<const AddressBook> book,
      const Canonical& canonical,
      const table::Environment& tables = table::Environment());

  net::Task<absl::StatusOr<std::vector<Target>>> Expand(
      mail::Address recipient) const;

 private:
  using Addresses = std::vector<mail::Address>;
  // An address that is still to be looked at.
  struct Work {
    mail::Address address;
    std::string owner;
    std::string alias;         // The local alias that it is a value of.
    int depth = 0;             // In local aliases.
    bool is_included = false;  // Its values stand in an :include: file.
  };
  // Where an item may stand that is no address.
  struct Places {
    bool alias = false;
    bool include = false;
  };
  struct Course {
    std::deque<Work> work;
    std::vector<Target> targets;
    absl::flat_hash_set<std::string> own_values;  // Addresses that are.
  };

  Expansion(std::shared_ptr<const AddressBook> book, const Canonical& canonical)
      : book_(std::move(book)), canonical_(canonical) {}

  static absl::StatusOr<Places> PlacesOf(
      absl::string_view field,
      const google::protobuf::RepeatedPtrField<std::string>& words);
  // What a file or a command among the values of `parent` comes to.
  Target DestinationOf(AliasItem item, const Work& parent) const;

  net::Task<absl::StatusOr<Addresses>> ExpandVirtual(
      mail::Address address) const;
  net::Task<absl::StatusOr<Addresses>> LookUpVirtual(
      mail::Address address) const;
  net::Task<absl::Status> ExpandLocal(Work work, Course& course) const;
  net::Task<absl::Status> AddValues(std::vector<AliasItem> items, Work parent,
                                    Course& course) const;
  net::Task<absl::StatusOr<std::vector<AliasItem>>> ReadIncluded(
      mail::Address alias, std::string path) const;

  const std::shared_ptr<const AddressBook> book_;
  const Canonical& canonical_;
  AddressMap virtual_aliases_;
  AddressMap aliases_;
  size_t recursion_limit_ = 1000;
  size_t expansion_limit_ = 1000;
  size_t address_length_limit_ = 1000;
  bool propagates_virtual_ = true;
  bool propagates_alias_ = false;
  bool includes_ = false;
  Places files_;
  Places commands_;
};

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_EXPANSION_H_
