// The message of the transaction that is open: named at MAIL, received after
// DATA or in the chunks of BDAT, ours once it is stored.
//
//   step = dialogue.OnOpen(reception.Open(size));                    // MAIL
//   CO_ASSIGN_OR_RETURN(Problem problem, co_await reception.Receive());
//   step = dialogue.OnContent(problem, reception.content_bytes());
//   step = dialogue.OnStored(co_await reception.Store());            // "250"
//   reception.Drop();   // whenever no transaction is open
//
// In the log: one line for each message that was stored, or refused for its
// content.
//
// Threads: of the session.
// Limits:  constant memory: content goes on to the spool while it arrives.

#ifndef POSTERN_MTA_SERVER_RECEPTION_H_
#define POSTERN_MTA_SERVER_RECEPTION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "mta/content/inspection.h"
#include "mta/queue/incoming.h"
#include "mta/server/conversation.h"
#include "mta/server/filter_sink.h"
#include "mta/server/filtering.h"
#include "mta/server/header_sink.h"
#include "mta/server/inspection_sink.h"
#include "mta/server/intake.h"
#include "mta/smtp/data_reader.h"

namespace postern::mta::server {

class Reception {
 public:
  // Both must outlive it.
  Reception(Conversation& conversation, Filtering& filtering)
      : conversation_(conversation), filtering_(filtering) {}

  // Begins a message for which MAIL declares `size_bytes` (0: nothing) and
  // returns its queue id. An error says why there is no room.
  absl::StatusOr<std::string> Open(int64_t size_bytes);

  // Forgets the message, if there is one; an open one leaves nothing behind.
  void Drop();

  // Receives what follows DATA; returns what is the matter with it. An error is
  // the stream's: there is nobody to answer.
  net::Task<absl::StatusOr<smtp::DataReader::Problem>> Receive();

  // Receives what follows one BDAT, in the same way.
  net::Task<absl::StatusOr<smtp::DataReader::Problem>> ReceiveChunk(
      int64_t bytes, bool is_last);
  // Reads what follows a BDAT that was refused; it belongs to no message.
  net::Task<absl::Status> SkipChunk(int64_t bytes);

  // The content so far.
  int64_t content_bytes() const;

  // Makes the message durable, unless the checks of its content refuse it or
  // it is to be discarded. An error has the reply.
  net::Task<absl::Status> Store();

  // How many messages of the session were stored.
  uint64_t messages() const { return messages_; }

 private:
  // Puts our own fields in front of the content that is to come.
  net::Task<> BeginContent(smtp::DataReader::Framing framing);
  // The last of the content was received.
  net::Task<smtp::DataReader::Problem> EndContent();
  // Nothing: the header stays as it is.
  std::unique_ptr<HeaderSink> MakeHeaderSink(ContentSink& next);
  // Asks the filters and stores what is left.
  net::Task<absl::StatusOr<bool>> PassFilters(spool::v1::Envelope& envelope);
  net::Task<std::string> TraceFields();
  net::Task<spool::v1::Envelope> MakeEnvelope();
  void Report(absl::string_view event) const;
  void ReportForwarded() const;
  void ReportProblem() const;
  void ReportBad(const smtp::Reply& reply) const;

  Conversation& conversation_;
  Filtering& filtering_;
  std::unique_ptr<queue::Incoming> incoming_;
  // Since its content has begun: who looks at it, where it goes, who brings it.
  std::optional<content::Inspection> inspection_;
  std::unique_ptr<SpoolSink> spool_sink_;
  std::unique_ptr<FilterSink> filter_sink_;  // nullptr: there are no filters.
  std::unique_ptr<HeaderSink> header_sink_;
  std::optional<InspectionSink> sink_;
  std::optional<Intake> intake_;
  absl::Status begun_;  // Whether the spool took our own fields, and the end.
  uint64_t messages_ = 0;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_RECEPTION_H_
