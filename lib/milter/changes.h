// What a filter wants done with a message: a verdict, and changes in order.
//
// A filter fills one in and returns it; the relay gets one for every filter
// that it has asked and applies it. Nothing here is checked: what a filter
// returns is checked when it is put on the wire (reply.h), what the relay gets
// when it is read from there.
//
//   Changes changes;
//   changes.InsertHeader(0, "Authentication-Results", " mx.example.org; …");
//   changes.verdict = Verdict::Reply(550, "5.7.1", "not from there");
//
// Source:  libmilter's smfi_addheader() and its sisters, and Postfix's
//          MILTER_README for what becomes of the indices.
// Threads: values.

#ifndef POSTERN_LIB_MILTER_CHANGES_H_
#define POSTERN_LIB_MILTER_CHANGES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern::milter {

// What becomes of a message, or of the part of it that a stage has shown.
struct Verdict {
  enum class Kind {
    kContinue,  // Nothing against it: the next filter is asked.
    kAccept,    // The same, and this filter wants to see no more of it.
    kDiscard,   // It is taken, and dropped without a word.
    kReject,    // 550 5.7.1 Command rejected, or what the relay says for that.
    kTempfail,  // 451 4.7.1, try again later.
    kReply,     // Refused with the code and lines below.
  };

  Kind kind = Kind::kContinue;
  int code = 0;               // 400 to 599.
  std::string enhanced_code;  // "5.7.1" or empty; of the same class as `code`.
  std::vector<std::string> lines;  // Without codes; at least one.

  static Verdict Of(Kind kind) { return Verdict{kind, 0, "", {}}; }
  // Refuses with one line. Whatever `text` holds, one printable line of it
  // reaches the sender (INJ-15).
  static Verdict Reply(int code, absl::string_view enhanced_code,
                       absl::string_view text);

  // Whether the message, or the command, is not taken.
  bool refuses() const {
    return kind == Kind::kReject || kind == Kind::kTempfail ||
           kind == Kind::kReply;
  }

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// One change to a message.
struct Change {
  enum class Kind {
    kAddHeader,        // `name`, `value`
    kInsertHeader,     // `index`, `name`, `value`
    kChangeHeader,     // `index`, `name`, `value`; an empty one deletes
    kChangeSender,     // `name` the address, `value` its ESMTP arguments
    kAddRecipient,     // the same
    kDeleteRecipient,  // `name` the address
    kReplaceBody,      // `value`
    kQuarantine,       // `value` the reason
  };

  Kind kind;
  uint32_t index = 0;
  std::string name;
  std::string value;

  friend bool operator==(const Change&, const Change&) = default;
};

// Header values are what stands behind the colon, with the space before the
// text
// (" text"), and may be folded with CR LF or LF and then space or tab. A line
// end without that behind it, a lone CR and a NUL never reach a message
// (INJ-14).
class Changes {
 public:
  Verdict verdict;

  // Adds a field behind the last one.
  void AddHeader(absl::string_view name, absl::string_view value);
  // Inserts a field before the `index`th field, from 0, of those that the
  // filter was shown: 0 is before all of them. Counts what was inserted before.
  void InsertHeader(uint32_t index, absl::string_view name,
                    absl::string_view value);
  // Changes the `occurrence`th field, from 1, of those with that name in any
  // case. There is none: adds one.
  void ChangeHeader(absl::string_view name, uint32_t occurrence,
                    absl::string_view value);
  // Deletes it. Some servers count what is deleted further on and some do not:
  // delete from the highest occurrence down (INJ-07).
  void DeleteHeader(absl::string_view name, uint32_t occurrence);

  // Addresses without angle brackets; `arguments` as in MAIL and RCPT:
  // "RET=HDRS ENVID=1".
  void ChangeSender(absl::string_view address,
                    absl::string_view arguments = "");
  void AddRecipient(absl::string_view address,
                    absl::string_view arguments = "");
  void DeleteRecipient(absl::string_view address);

  // Puts `body`, whose lines end with CR LF, in the place of the body.
  void ReplaceBody(std::string body);
  // Has the message held, for a human to look at.
  void Quarantine(absl::string_view reason);

  void Add(Change change) { list_.push_back(std::move(change)); }
  // In the order in which they are to be made.
  const std::vector<Change>& list() const { return list_; }

  friend bool operator==(const Changes&, const Changes&) = default;

 private:
  std::vector<Change> list_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_CHANGES_H_
