// A message while filters look at it: what they are shown, and what becomes of
// it by what they change.
//
//   FilteredMessage message(header, queue_id);
//   for (const mail::HeaderField& field : message.Shown()) …show it…
//   message.Apply(changes);
//   message.HeaderText()   // with the empty line at its end
//
// Our own Received field is not shown. Indices count as Postfix has them: that
// of a field to be inserted counts all fields there are, ours and those that
// were inserted before; the number of a field to be changed counts those with
// its name that are shown.
//
// Source:  Postfix 3.7 (cleanup_milter.c), which tests/interop compares.
// Threads: one at a time; pure.
// Limits:  the header, in memory; kMaxFields of it.

#ifndef POSTERN_MTA_FILTERS_FILTERED_MESSAGE_H_
#define POSTERN_MTA_FILTERS_FILTERED_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/mail/header.h"
#include "lib/milter/changes.h"

namespace postern::mta::filters {

class FilteredMessage {
 public:
  static constexpr size_t kMaxFields = 20'000;

  // `fields` are whole header fields, each with its CR LF. The first Received
  // field that names `queue_id` is ours.
  FilteredMessage(absl::string_view fields, absl::string_view queue_id);

  // The fields as a filter sees them; they live until the next change.
  std::vector<mail::HeaderField> Shown() const;

  // Makes the changes, all of them.
  void Apply(const milter::Changes& changes);

  // The header with the empty line behind it.
  std::string HeaderText() const;
  bool is_header_changed() const { return is_header_changed_; }
  // What takes the place of the body; nullopt: it stays.
  const std::optional<std::string>& body() const { return body_; }

  // What becomes of the envelope, in order.
  struct EnvelopeChange {
    enum class Kind { kSender, kAddRecipient, kDeleteRecipient };
    Kind kind;
    std::string address;
    std::string arguments;  // ESMTP's.
  };
  const std::vector<EnvelopeChange>& envelope_changes() const {
    return envelope_changes_;
  }
  // Why it is to be kept on hold; nullopt: it is not.
  const std::optional<std::string>& quarantine() const { return quarantine_; }

 private:
  void ApplyToHeader(const milter::Change& change);
  void Insert(size_t position, absl::string_view name, absl::string_view value);

  std::vector<std::string> fields_;  // Each with its CR LF.
  std::optional<size_t> own_;        // Which of them is our Received.
  bool is_header_changed_ = false;
  std::optional<std::string> body_;
  std::vector<EnvelopeChange> envelope_changes_;
  std::optional<std::string> quarantine_;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_FILTERED_MESSAGE_H_
