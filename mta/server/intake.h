// Receives what follows DATA or BDAT, from the socket into a sink.
//
// Content goes on while it arrives; a session never holds more than one read of
// it, 64 KiB (MTA-42). Whatever is wrong, with the message or with the sink,
// the client is listened to until its true end of data (MTA-04).
//
//   Intake intake(settings, stream, reader, Framing::kDot);
//   CO_RETURN_IF_ERROR(co_await intake.Receive(sink, end));
//   if (intake.problem() != DataReader::Problem::kNone) refuse;
//   if (!intake.stored().ok()) refuse for now;
//
// Threads: one at a time. One object a message.

#ifndef POSTERN_MTA_SERVER_INTAKE_H_
#define POSTERN_MTA_SERVER_INTAKE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/line_reader.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "mta/server/content_sink.h"
#include "mta/server/settings.h"
#include "mta/smtp/data_reader.h"

namespace postern::mta::server {

// Returns how long to wait for the next piece of a message of which
// `received_bytes` came in `elapsed`: at most `timeout`, and no longer than the
// slowest rate allows (0: any) once a first `timeout` has passed (MTA-39).
absl::Duration NextPieceWait(absl::Duration timeout, uint32_t min_rate,
                             int64_t received_bytes, absl::Duration elapsed);

class Intake {
 public:
  // All must outlive it.
  Intake(const Settings& settings, net::Stream& stream, net::LineReader& reader,
         smtp::DataReader::Framing framing);

  // With kDot: receives the message; `reader` then holds what followed it. An
  // error is the stream's, or OutOfRange when the client hung up: there is
  // nobody to answer. Ends early at a bare newline if the settings want it so.
  net::Task<absl::Status> Receive(ContentSink& sink, net::Deadline session_end);

  // With kCount: receives `bytes` bytes, likewise. Memory does not depend on
  // their number.
  net::Task<absl::Status> ReceiveChunk(ContentSink& sink, int64_t bytes,
                                       net::Deadline session_end);
  // With kCount: that was all.
  void Finish() { data_.Finish(); }

  int64_t content_bytes() const { return data_.content_bytes(); }
  smtp::DataReader::Problem problem() const { return data_.problem(); }
  // Whether the sink took all of it.
  const absl::Status& stored() const { return stored_; }

 private:
  net::Task<absl::Status> ReadMore(net::Deadline session_end);
  // Takes from the reader what is at the front of `bytes`.
  net::Task<> Take(absl::string_view bytes, ContentSink& sink);
  bool IsOver() const;

  const Settings& settings_;
  net::Stream& stream_;
  net::LineReader& reader_;
  smtp::DataReader data_;
  const net::Deadline::TimePoint began_;
  std::string content_;
  absl::Status stored_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_INTAKE_H_
