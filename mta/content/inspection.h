// One message on its way through the checks: content goes in as it arrives, and
// comes out as it is to be stored.
//
//   Inspection inspection(checks, meters, {.session = id, .queue_id = q});
//   co_await inspection.TakeOwn(fields, out);   // what we put in front
//   co_await inspection.Take(content, out);     // as often as there is some
//   co_await inspection.Finish(out);
//   ... inspection.verdict() ...
//
// Besides the checks, three things are done to what a client sends:
// Authentication-Results in our name are removed (lib/mail/claimed_results.h);
// a header that ends without its empty line gets one, so that all who read the
// message agree where it ends; and a first line as in a mailbox file, "From …",
// becomes a field X-Mailbox-Line. Everything else goes out as it came in.
//
// Source:  header_checks(5); the two last as in Postfix. Our own fields are
//          checked as well, as in Postfix.
// Errors:  a table that cannot be asked, or gives a result that is no action,
//          makes the verdict 451 4.3.0: nobody knows whether the message may
//          pass.
// Threads: one at a time. One object a message.
// Limits:  a field or a piece of a line is held. A body
// that nobody checks is
//          not looked at, and need not go through here (is_plain()).

#ifndef POSTERN_MTA_CONTENT_INSPECTION_H_
#define POSTERN_MTA_CONTENT_INSPECTION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/content/check_action.h"
#include "mta/content/checks.h"
#include "mta/content/message_splitter.h"
#include "mta/content/meters.h"
#include "mta/content/verdict.h"

namespace postern::mta::content {

class Inspection {
 public:
  // What the log calls the message.
  struct Names {
    std::string session;
    std::string queue_id;
  };

  // `checks` and `meters` must outlive it.
  Inspection(const Checks& checks, Meters& meters, Names names);

  // Takes whole header fields of ours, which come first; appends what becomes
  // of them to `out`.
  net::Task<> TakeOwn(absl::string_view fields, std::string& out);

  // Takes the client's content, cut anywhere. The arguments must outlive the
  // task, here and elsewhere.
  net::Task<> Take(absl::string_view content, std::string& out);

  // Says that the message is over.
  net::Task<> Finish(std::string& out);

  // What follows would come out as it goes in.
  bool is_plain() const;

  // What the checks say so far. After a refusal or a DISCARD nothing more is
  // looked at, and nothing comes out.
  const Verdict& verdict() const { return verdict_; }

 private:
  bool is_over() const { return verdict_.refusal || verdict_.actions.discard; }
  net::Task<> Split(absl::string_view content, std::string& out);
  net::Task<> OnPiece(std::string& out);
  net::Task<> OnField(std::string& out);
  net::Task<> Check(CheckList list, std::string& out);
  void Apply(CheckList list, const CheckAction& action, std::string& out);
  void AddCopy(const std::string& address);
  void Put(absl::string_view text, std::string& out);
  void Drop(absl::string_view text, std::string& out);
  void Fail(CheckList list, absl::string_view error);
  void Report(CheckList list, const CheckAction& action) const;

  const Checks& checks_;
  Meters& meters_;
  const Names names_;
  MessageSplitter splitter_;
  Verdict verdict_;
  std::string beginning_;   // Of the client's content, while it may be "From ".
  bool has_begun_ = false;  // The beginning was decided about.
  bool is_own_ = false;     // In TakeOwn().
  bool is_finishing_ = false;
  bool is_passed_ = false;   // PASS: no more checks.
  bool drops_rest_ = false;  // Of a field that is too long.
  bool line_is_open_ =
      false;  // A piece of a line was put out, without its end.
  uint32_t forged_results_ = 0;
};

}  // namespace postern::mta::content

#endif  // POSTERN_MTA_CONTENT_INSPECTION_H_
