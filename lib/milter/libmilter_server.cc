#include "lib/milter/libmilter_server.h"

#include <libmilter/mfapi.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/milter/libmilter_connection.h"
#include "lib/milter/macro_names.h"
#include "lib/milter/socket_name.h"
#include "lib/net/deadline.h"
#include "lib/net/socket_file.h"
#include "lib/net/stream.h"

namespace postern::milter {
namespace {

// There is one server in a process. Callbacks hold the lock as readers, so that
// none runs in a server that is gone.
absl::Mutex server_mutex(absl::kConstInit);
LibmilterServer* the_server ABSL_GUARDED_BY(server_mutex) = nullptr;

constexpr absl::Duration kWakeTime = absl::Seconds(1);
constexpr absl::Duration kWakeInterval = absl::Milliseconds(10);

absl::Status Failed(absl::string_view call) {
  return absl::UnavailableError(absl::StrCat("libmilter: ", call, " failed"));
}

}  // namespace

// What libmilter calls, on its threads. What it is given becomes a call of the
// connection, which is the context's private data.
struct LibmilterServer::Callbacks {
  static LibmilterConnection* Of(SMFICTX* context) {
    return static_cast<LibmilterConnection*>(smfi_getpriv(context));
  }

  // Runs `step` on the connection, which is made where there is none: with a
  // new client.
  template <typename Step>
  static sfsistat Run(SMFICTX* context, Step step) {
    const absl::ReaderMutexLock lock(&server_mutex);
    if (the_server == nullptr) return SMFIS_TEMPFAIL;
    LibmilterConnection* connection = Of(context);
    if (connection == nullptr) {
      connection = the_server->NewConnection(context);
      smfi_setpriv(context, connection);
    }
    return step(*connection);
  }

  static sfsistat Negotiate(SMFICTX* context, unsigned long actions,
                            unsigned long steps, unsigned long, unsigned long,
                            unsigned long* wanted_actions,
                            unsigned long* wanted_steps, unsigned long* unused1,
                            unsigned long* unused2) {
    const absl::ReaderMutexLock lock(&server_mutex);
    if (the_server == nullptr) return SMFIS_REJECT;
    milter::Options offer;
    offer.actions = static_cast<uint32_t>(actions) & kAllActions;
    offer.steps = static_cast<uint32_t>(steps) & kAllSteps;
    const milter::Options answer = the_server->Answer(context, offer);
    *wanted_actions = answer.actions;
    *wanted_steps = answer.steps;
    *unused1 = *unused2 = 0;
    for (size_t stage = 0; stage < kStages; ++stage) {
      if (answer.macros[stage].empty()) continue;
      std::string names = answer.macros[stage];
      smfi_setsymlist(context, static_cast<int>(stage), names.data());
    }
    return SMFIS_CONTINUE;
  }

  static sfsistat Connect(SMFICTX* context, char* name, _SOCK_ADDR* address) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.Connect(name, address);
    });
  }
  static sfsistat Helo(SMFICTX* context, char* name) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.Say(Command::kHelo, Stage::kHelo, name);
    });
  }
  static sfsistat Sender(SMFICTX* context, char** words) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.SayPath(Command::kSender, Stage::kSender, words);
    });
  }
  static sfsistat Recipient(SMFICTX* context, char** words) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.SayPath(Command::kRecipient, Stage::kRecipient, words);
    });
  }
  static sfsistat Data(SMFICTX* context) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.Say(Command::kData, Stage::kData, std::nullopt);
    });
  }
  static sfsistat Header(SMFICTX* context, char* name, char* value) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.Header(name, value);
    });
  }
  static sfsistat EndOfHeader(SMFICTX* context) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.Say(Command::kEndOfHeader, Stage::kEndOfHeader,
                            std::nullopt);
    });
  }
  static sfsistat Body(SMFICTX* context, unsigned char* bytes, size_t size) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.Body({reinterpret_cast<char*>(bytes), size});
    });
  }
  static sfsistat EndOfMessage(SMFICTX* context) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.EndOfMessage();
    });
  }
  static sfsistat Abort(SMFICTX* context) {
    return Run(context, [&](LibmilterConnection& connection) {
      return connection.Abort();
    });
  }
  // After the last client, and between two of them.
  static sfsistat Close(SMFICTX* context) {
    const absl::ReaderMutexLock lock(&server_mutex);
    if (the_server == nullptr) return SMFIS_CONTINUE;
    delete Of(context);
    smfi_setpriv(context, nullptr);
    return SMFIS_CONTINUE;
  }
};

absl::StatusOr<std::unique_ptr<LibmilterServer>> LibmilterServer::Start(
    Options options, FilterContext& context, net::Runtime& runtime) {
  std::unique_ptr<LibmilterServer> server;
  {
    const absl::MutexLock lock(&server_mutex);
    if (the_server != nullptr) {
      return absl::InvalidArgumentError(
          "libmilter: there can be one socket in a program");
    }
    server.reset(new LibmilterServer(std::move(options), context, runtime));
    the_server = server.get();
  }
  const absl::Status opened = server->Open();
  if (!opened.ok()) return opened;
  return server;
}

LibmilterServer::LibmilterServer(Options options, FilterContext& context,
                                 net::Runtime& runtime)
    : options_(std::move(options)), context_(context), runtime_(runtime) {
  const Needs needs = context.needs();
  for (size_t stage = 0; stage < kStages; ++stage) {
    const std::string names = absl::StrCat(
        UsualMacros(static_cast<Stage>(stage)), " ", needs.macros[stage]);
    macro_names_[stage] = absl::StrSplit(names, ' ', absl::SkipEmpty());
  }
}

absl::Status LibmilterServer::Open() {
  smfiDesc description = {};
  std::string name = options_.name;
  description.xxfi_name = name.data();
  description.xxfi_version = SMFI_VERSION;
  description.xxfi_flags =
      (kAllActions & ~uint32_t{kChooseMacros}) | SMFIF_SETSYMLIST;
  description.xxfi_connect = Callbacks::Connect;
  description.xxfi_helo = Callbacks::Helo;
  description.xxfi_envfrom = Callbacks::Sender;
  description.xxfi_envrcpt = Callbacks::Recipient;
  description.xxfi_header = Callbacks::Header;
  description.xxfi_eoh = Callbacks::EndOfHeader;
  description.xxfi_body = Callbacks::Body;
  description.xxfi_eom = Callbacks::EndOfMessage;
  description.xxfi_abort = Callbacks::Abort;
  description.xxfi_close = Callbacks::Close;
  description.xxfi_data = Callbacks::Data;
  description.xxfi_negotiate = Callbacks::Negotiate;
  if (smfi_register(description) != MI_SUCCESS) return Failed("smfi_register");
  std::string socket = LibmilterSocketName(options_.endpoint);
  smfi_setconn(socket.data());
  smfi_setbacklog(options_.backlog);
  smfi_settimeout(
      static_cast<int>(absl::ToInt64Seconds(options_.idle_timeout)));
  if (smfi_opensocket(true) != MI_SUCCESS) {
    return Failed(absl::StrCat("opening ", socket));
  }
  if (options_.endpoint.is_unix()) {
    RETURN_IF_ERROR(net::SetSocketFile(options_.endpoint.unix_path,
                                       options_.socket_mode,
                                       options_.socket_owner));
  }
  thread_ = std::thread([this] { Main(); });
  return absl::OkStatus();
}

void LibmilterServer::Main() {
  smfi_main();
  if (is_stopping_) return;
  log::Error("libmilter_ended");
  ::kill(::getpid(), SIGTERM);
}

LibmilterConnection* LibmilterServer::NewConnection(smfi_str* context) {
  milter::Options offer;
  {
    const absl::MutexLock lock(&mutex_);
    offer = offers_[context];
  }
  return new LibmilterConnection(
      {context_, runtime_, tasks_, options_.message_timeout,
       options_.progress_interval, macro_names_, messages_},
      context, offer);
}

milter::Options LibmilterServer::Answer(smfi_str* context,
                                        const milter::Options& offer) {
  const absl::MutexLock lock(&mutex_);
  offers_[context] = offer;
  return AnswerOffer(context_.needs(), offer).value();
}

net::Task<> LibmilterServer::WakeListener() {
  (void)co_await net::Connect(options_.endpoint,
                              net::Deadline::After(kWakeTime));
}

void LibmilterServer::StopListening() {
  absl::Notification stopped;
  std::thread stopper([&stopped] {
    smfi_stop();
    stopped.Notify();
  });
  // libmilter looks whether it is to stop every five seconds and after each
  // connection, and smfi_stop() waits for that.
  while (thread_.joinable() &&
         !stopped.WaitForNotificationWithTimeout(kWakeInterval)) {
    runtime_.BlockOn(WakeListener());
  }
  stopper.join();
}

void LibmilterServer::Stop(absl::Duration wait) {
  if (is_stopping_.exchange(true)) return;
  StopListening();
  messages_.AwaitNone(wait);
  {
    const absl::MutexLock lock(&server_mutex);
    the_server = nullptr;
  }
  if (thread_.joinable()) thread_.join();
  tasks_.AwaitIdle(options_.message_timeout);
  if (options_.endpoint.is_unix()) {
    ::unlink(options_.endpoint.unix_path.c_str());
  }
}

LibmilterServer::~LibmilterServer() { Stop(absl::ZeroDuration()); }

}  // namespace postern::milter
