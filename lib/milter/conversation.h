// A connection to a filter: the relay's side, over a stream.
//
// How the relay uses it: connect (net::Connect), Open(), then the stages of
// each SMTP session as they come. Every stage returns the filter's verdict
// about it; what the filter has accepted or does not want to see continues at
// once. What needs no reply is not sent before something does, or there is much
// of it, so that a filter with SMFIP_NR_* costs one write and one read a
// message.
//
//   CO_ASSIGN_OR_RETURN(net::Stream stream, co_await net::Connect(…));
//   CO_ASSIGN_OR_RETURN(std::unique_ptr<Conversation> filter,
//                       co_await Conversation::Open(std::move(stream), options,
//                                                   budget));
//   co_await filter->Connect(client, macros, budget);   // a Verdict each
//   co_await filter->Helo(name, macros, budget);
//   co_await filter->Sender(path, macros, budget);
//   co_await filter->Recipient(path, macros, budget);
//   co_await filter->RejectedRecipient(path, why, budget);   // one we refused
//   co_await filter->Data(macros, budget);
//   co_await filter->Header(name, value, budget);       // for each field
//   co_await filter->EndOfHeader(macros, budget);
//   co_await filter->Body(text, budget);                // pieces of any size
//   changes = co_await filter->EndOfMessage(macros, budget);
//   filter->EndMessage();                 // also after RSET, a refusal, an
//                                         // error
//   if (filter->EndClient()) …keep it for another client…
//   filter->Quit();                       // else, and close
//
// A recipient that the filter refuses does not end the message; any other
// refusal does. A verdict of 421 means that the client is to be turned off.
//
// `budget` is the time that the whole message has left; within it a stage may
// take command_timeout, the end of a message content_timeout, each anew after a
// PROGRESS.
//
// Errors:  DeadlineExceeded, Unavailable (closed, reset), InvalidArgument (what
//          no filter may say, client_session.h). After one is_broken() is true,
//          and nothing is left to do but to close: the failure mode of the
//          filter decides about the transaction, no change of it counts, and
//          the next transaction asks a new connection.
// Threads: of the stream's reactor, one call at a time.

#ifndef POSTERN_LIB_MILTER_CONVERSATION_H_
#define POSTERN_LIB_MILTER_CONVERSATION_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/milter/client_session.h"
#include "lib/net/deadline.h"
#include "lib/net/stream.h"
#include "lib/net/stream_end.h"
#include "lib/net/task.h"

namespace postern::milter {

class Conversation {
 public:
  struct Options {
    MacroLists macros = UsualMacroLists();
    ClientLimits limits;
    uint32_t version = kNewestVersion;                   // milter_protocol
    absl::Duration command_timeout = absl::Seconds(30);  // As in Postfix.
    absl::Duration content_timeout = absl::Seconds(300);
  };

  // Agrees upon the options.
  static net::Task<absl::StatusOr<std::unique_ptr<Conversation>>> Open(
      net::Stream stream, Options options, net::Deadline budget);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  using VerdictTask = net::Task<absl::StatusOr<Verdict>>;

  // Arguments must live until the task is done.
  VerdictTask Connect(const ConnectCommand& client, const Macros& known,
                      net::Deadline budget);
  VerdictTask Helo(absl::string_view name, const Macros& known,
                   net::Deadline budget);
  VerdictTask Sender(const Path& path, const Macros& known,
                     net::Deadline budget);
  VerdictTask Recipient(const Path& path, const Macros& known,
                        net::Deadline budget);
  VerdictTask RejectedRecipient(const Path& path, const Macros& known,
                                net::Deadline budget);
  VerdictTask Data(const Macros& known, net::Deadline budget);
  VerdictTask Unknown(absl::string_view line, net::Deadline budget);
  VerdictTask Header(absl::string_view name, absl::string_view value,
                     net::Deadline budget);
  VerdictTask EndOfHeader(const Macros& known, net::Deadline budget);
  // Tells it in chunks that are as large as may be, the last one with the end
  // of the message.
  VerdictTask Body(absl::string_view text, net::Deadline budget);
  net::Task<absl::StatusOr<Changes>> EndOfMessage(const Macros& known,
                                                  net::Deadline budget);

  // The message is over. Sends nothing yet.
  void EndMessage();
  // The client is gone; true: this can be used for another one. Sends nothing
  // yet.
  bool EndClient();
  // Sends what is kept.
  bool has_unsent() const { return !output_.empty(); }
  net::Task<absl::Status> Send(net::Deadline deadline);
  // Says good-bye without waiting.
  void Quit();

  // Whether it is not to be used any more: an error, or, for one that is kept
  // for another client, a filter that has closed it or said something unasked.
  bool is_broken() {
    is_broken_ |= reader_.has_partial_packet() || !net::IsSilent(stream_);
    return is_broken_;
  }
  // Whether it is told of this macro, without braces, at the stage.
  bool IsTold(Stage stage, absl::string_view name) const {
    return session_.IsTold(stage, name);
  }
  // Whether the filter wants more of this message: else there is no need to
  // show it any.
  bool wants_message() const { return session_.wants_message(); }
  bool wants_body() const { return session_.wants_body(); }
  bool wants_rejected_recipients() const {
    return session_.wants_rejected_recipients();
  }
  const milter::Options& agreed() const { return session_.agreed(); }

 private:
  Conversation(net::Stream stream, Options options);

  net::Task<absl::Status> Negotiate(net::Deadline budget);
  // Sends, and awaits a verdict if `awaits`; else what is kept may grow to
  // kMaxKeptBytes first.
  VerdictTask Go(bool awaits, absl::Duration timeout, net::Deadline budget);
  VerdictTask Await(absl::Duration timeout, net::Deadline budget);
  // Tells `body_` and the rest of its chunk.
  VerdictTask BodyChunk(absl::string_view rest, net::Deadline budget);
  net::Task<absl::Status> Flush(net::Deadline deadline);
  net::Task<absl::StatusOr<Packet>> Next(net::Deadline deadline);
  bool HasUnasked() const;

  net::Stream stream_;
  const Options options_;
  ClientSession session_;
  PacketReader reader_;
  std::string output_;  // Said, but not sent.
  std::string body_;    // Not told yet: less than a chunk.
  bool is_broken_ = false;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_CONVERSATION_H_
