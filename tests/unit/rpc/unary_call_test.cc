#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/rpc/transport_fixture.h"

namespace tikv::rpc {
namespace {

using namespace std::chrono_literals;
using sim::RecordedCall;
using sim::ScriptedServer;
using sim::ServerCall;
using sim::ServerEvent;
using sim::TransportFixture;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

/// A script that acts once the request is complete.
sim::Script at_end(std::function<void(ScriptedServer&, std::int32_t)> act) {
  return [act = std::move(act)](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event == ServerEvent::end) act(server, call.id);
  };
}

UnaryAnswer answer_to(std::function<void(ScriptedServer&, std::int32_t)> act, TransportOptions options = {}) {
  TransportFixture net(options);
  net.serve(at_end(std::move(act)));
  return net.call_and_wait();
}

TEST(UnaryCallTest, AnswerComesBack) {
  TransportFixture net;
  net.serve(sim::echo);
  const UnaryAnswer answer = net.call_and_wait("hello");
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(answer.message, "hello");
  EXPECT_EQ(answer.delivery, Delivery::answered);
}

TEST(UnaryCallTest, EmptyRequestAndEmptyAnswerAreMessagesToo) {
  TransportFixture net;
  net.serve(sim::echo);
  const UnaryAnswer answer = net.call_and_wait("");
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(net.servers[0]->calls.at(1).messages, std::vector<std::string>{""});
}

TEST(UnaryCallTest, RequestCarriesTheHeadersOfGrpc) {
  TransportFixture net;
  net.serve(sim::echo);
  (void)net.call_and_wait("x", net.start(250ms));
  const auto& headers = net.servers[0]->calls.at(1).headers;
  EXPECT_EQ(headers.at(":method"), "POST");
  EXPECT_EQ(headers.at(":scheme"), "http");
  EXPECT_EQ(headers.at(":path"), "/test.Service/Method");
  EXPECT_EQ(headers.at(":authority"), "store:1");
  EXPECT_EQ(headers.at("te"), "trailers");
  EXPECT_EQ(headers.at("content-type"), "application/grpc");
  EXPECT_THAT(headers.at("user-agent"), StartsWith("tikv-cpp/"));
  EXPECT_EQ(headers.at("grpc-timeout"), "249800u");  // 250 ms less the time to connect
}

TEST(UnaryCallTest, EndlessDeadlineSendsNoTimeout) {
  TransportFixture net;
  net.serve(sim::echo);
  CallStart start = net.start();
  start.deadline = core::never;
  EXPECT_TRUE(net.call_and_wait("x", start).status.ok());
  EXPECT_EQ(net.servers[0]->calls.at(1).headers.count("grpc-timeout"), 0u);
}

TEST(UnaryCallTest, MetadataTravelsBothWays) {
  TransportFixture net;
  net.serve(at_end([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id, {{"x-initial", "one"}, {"x-initial-bin", "AP8"}});
    server.send_message(id, "m");
    server.send_trailers(id, StatusCode::ok, "", {{"x-trailing", "two"}, {"x-trailing-bin", "YQ==,Yg"}});
  }));
  CallStart start = net.start();
  start.metadata = {{"x-asked", "yes"}, {"x-asked-bin", std::string("\0\xff", 2)}};
  const UnaryAnswer answer = net.call_and_wait("x", start);
  EXPECT_EQ(net.servers[0]->calls.at(1).headers.at("x-asked"), "yes");
  EXPECT_EQ(net.servers[0]->calls.at(1).headers.at("x-asked-bin"), "AP8");
  EXPECT_THAT(answer.initial, ElementsAre(Pair("x-initial", "one"), Pair("x-initial-bin", std::string("\0\xff", 2))));
  EXPECT_THAT(answer.trailing,
              ElementsAre(Pair("x-trailing", "two"), Pair("x-trailing-bin", "a"), Pair("x-trailing-bin", "b")));
}

TEST(UnaryCallTest, MetadataThatCannotTravelFailsTheCallUnsent) {
  TransportFixture net;
  net.serve(sim::echo);
  CallStart start = net.start();
  start.metadata = {{"Upper-Case", "no"}};
  const UnaryAnswer answer = net.call_and_wait("x", start);
  EXPECT_EQ(answer.status.code, StatusCode::internal);
  EXPECT_THAT(answer.status.message, HasSubstr("Upper-Case"));
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
}

TEST(UnaryCallTest, StatusOfThePeerIsTheAnswerWithItsMessageDecoded) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id);
    server.send_trailers(id, StatusCode::not_found, "no%20such%0Athing%E2%82%AC", {{"x-why", "because"}});
  });
  EXPECT_EQ(answer.status.code, StatusCode::not_found);
  EXPECT_EQ(answer.status.message, "no such\nthing\xe2\x82\xac");
  EXPECT_EQ(answer.status.failure, Failure::none);
  EXPECT_THAT(answer.trailing, ElementsAre(Pair("x-why", "because")));
  EXPECT_EQ(answer.delivery, Delivery::answered);
}

TEST(UnaryCallTest, TrailersOnlyAnswerIsAnAnswer) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.trailers_only(id, StatusCode::unimplemented, "unknown method", {{"x-trailing", "yes"}});
  });
  EXPECT_EQ(answer.status.code, StatusCode::unimplemented);
  EXPECT_EQ(answer.status.message, "unknown method");
  EXPECT_THAT(answer.trailing, ElementsAre(Pair("x-trailing", "yes")));
  EXPECT_EQ(answer.delivery, Delivery::answered);
}

TEST(UnaryCallTest, StatusThatLeavesDoubtIsNoAnswer) {
  for (const StatusCode code : {StatusCode::unavailable, StatusCode::cancelled, StatusCode::deadline_exceeded}) {
    const UnaryAnswer answer =
        answer_to([code](ScriptedServer& server, std::int32_t id) { server.trailers_only(id, code, "hm"); });
    EXPECT_EQ(answer.status.code, code);
    EXPECT_EQ(answer.delivery, Delivery::maybe_processed) << to_string(code);
  }
}

TEST(UnaryCallTest, AnswerWithoutStatusIsAProtocolFailure) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id);
    server.send_message(id, "m");
    server.end_without_trailers(id);
  });
  EXPECT_EQ(answer.status.code, StatusCode::internal);
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_THAT(answer.status.message, AllOf(HasSubstr("store:1"), HasSubstr("without a grpc-status")));
  EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
}

TEST(UnaryCallTest, TrailersWithoutStatusAreAProtocolFailure) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id);
    server.send_trailers(id, Metadata{{"x-other", "1"}});
  });
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_THAT(answer.status.message, HasSubstr("without a grpc-status"));
}

TEST(UnaryCallTest, WebPageIsNotGrpc) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_response(id, {{":status", "404"}, {"content-type", "text/html"}}, false);
    server.send_data(id, "<html>nothing here</html>");
    server.end_without_trailers(id);
  });
  EXPECT_EQ(answer.status.code, StatusCode::unimplemented);
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_THAT(answer.status.message,
              HasSubstr("the server at store:1 is not gRPC (content-type text/html, HTTP status 404)"));
  EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
}

TEST(UnaryCallTest, HttpErrorOfAProxyBecomesItsStatus) {
  const std::pair<const char*, StatusCode> table[] = {{"503", StatusCode::unavailable},
                                                      {"401", StatusCode::unauthenticated},
                                                      {"403", StatusCode::permission_denied},
                                                      {"400", StatusCode::internal},
                                                      {"500", StatusCode::unknown}};
  for (const auto& [http, code] : table) {
    const UnaryAnswer answer = answer_to([text = http](ScriptedServer& server, std::int32_t id) {
      server.send_response(id, {{":status", text}}, true);
    });
    EXPECT_EQ(answer.status.code, code) << http;
    EXPECT_THAT(answer.status.message, HasSubstr(std::string("HTTP status ") + http));
    EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
  }
}

TEST(UnaryCallTest, InformationalHeadersAreSkipped) {
  TransportFixture net;
  net.serve(at_end([](ScriptedServer& server, std::int32_t id) {
    server.send_informational(id, "103");
    server.answer(id, "after");
  }));
  const UnaryAnswer answer = net.call_and_wait();
  EXPECT_TRUE(answer.status.ok()) << answer.status.message;
  EXPECT_EQ(answer.message, "after");
}

TEST(UnaryCallTest, ResetOfThePeerBecomesItsStatus) {
  const std::pair<std::uint32_t, StatusCode> table[] = {{0, StatusCode::internal},
                                                        {2, StatusCode::internal},
                                                        {8, StatusCode::cancelled},
                                                        {0xb, StatusCode::resource_exhausted},
                                                        {0xc, StatusCode::permission_denied}};
  for (const auto& [reset, code] : table) {
    const UnaryAnswer answer =
        answer_to([with = reset](ScriptedServer& server, std::int32_t id) { server.reset(id, with); });
    EXPECT_EQ(answer.status.code, code) << reset;
    EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
    EXPECT_THAT(answer.status.message, HasSubstr("store:1 reset the stream"));
  }
}

TEST(UnaryCallTest, RefusedStreamIsRefused) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) { server.reset(id, 7); });
  EXPECT_EQ(answer.status.code, StatusCode::unavailable);
  EXPECT_EQ(answer.delivery, Delivery::refused);
}

TEST(UnaryCallTest, RefusalAfterTheAnswerBeganIsNotBelieved) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id);
    server.link().loop().run_after(1ms, [&server, id] { server.reset(id, 7); });
  });
  EXPECT_EQ(answer.status.code, StatusCode::unavailable);
  EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
}

TEST(UnaryCallTest, NoMessageWithStatusOkIsAnError) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id);
    server.send_trailers(id, StatusCode::ok);
  });
  EXPECT_EQ(answer.status.code, StatusCode::internal);
  EXPECT_THAT(answer.status.message, HasSubstr("no answer to a unary call"));
  EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
}

TEST(UnaryCallTest, TwoMessagesAreAnError) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id);
    server.send_message(id, "one");
    server.send_message(id, "two");
    server.send_trailers(id, StatusCode::ok);
  });
  EXPECT_EQ(answer.status.code, StatusCode::internal);
  EXPECT_THAT(answer.status.message, HasSubstr("more than one answer"));
  EXPECT_EQ(answer.message, "");
}

TEST(UnaryCallTest, EndWithinAMessageIsAnError) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id);
    server.send_data(id, std::string("\0\0\0\0\x09half", 9));
    server.send_trailers(id, StatusCode::ok);
  });
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_THAT(answer.status.message, HasSubstr("within a message"));
}

TEST(UnaryCallTest, CompressedAnswerIsAClearError) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    server.send_headers(id, {{"grpc-encoding", "gzip"}});
    server.send_data(id, std::string("\1\0\0\0\1x", 6));
    server.send_trailers(id, StatusCode::ok);
  });
  EXPECT_EQ(answer.status.code, StatusCode::internal);
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_THAT(answer.status.message, HasSubstr("compressed"));
}

TEST(UnaryCallTest, AnswerOverTheLimitIsCutOffAtItsPrefix) {
  TransportOptions options;
  options.max_answer_size = 1000;
  TransportFixture net(options);
  net.serve(at_end([](ScriptedServer& server, std::int32_t id) { server.answer(id, std::string(1001, 'x')); }));
  const UnaryAnswer answer = net.call_and_wait();
  EXPECT_EQ(answer.status.code, StatusCode::resource_exhausted);
  EXPECT_EQ(answer.status.failure, Failure::answer_too_large);
  EXPECT_THAT(answer.status.message, AllOf(HasSubstr("1001 bytes"), HasSubstr("limit is 1000")));
  EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
}

TEST(UnaryCallTest, AnswerOfExactlyTheLimitIsTaken) {
  TransportOptions options;
  options.max_answer_size = 1000;
  const UnaryAnswer answer =
      answer_to([](ScriptedServer& server, std::int32_t id) { server.answer(id, std::string(1000, 'x')); }, options);
  EXPECT_TRUE(answer.status.ok());
  EXPECT_EQ(answer.message.size(), 1000u);
}

TEST(UnaryCallTest, AnswerSplitAtEveryByteIsTheSame) {
  for (const std::size_t chunk : {1u, 2u, 3u, 7u}) {
    TransportFixture net;
    net.connector.plan.chunk = chunk;
    net.connector.plan.delay = 1us;
    net.serve(sim::echo);
    const std::string request(500, 'r');
    const UnaryAnswer answer = net.call_and_wait(request);
    EXPECT_TRUE(answer.status.ok()) << answer.status.message;
    EXPECT_EQ(answer.message, request);
  }
}

TEST(UnaryCallTest, ServerOfHttp1IsNamed) {
  TransportFixture net;
  net.serve_raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  const UnaryAnswer answer = net.call_and_wait();
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_THAT(answer.status.message, AllOf(HasSubstr("the server at store:1 speaks HTTP/1.1"), HasSubstr("400 Bad")));
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
}

TEST(UnaryCallTest, ServerOfHttp1IsNamedAlsoByteByByte) {
  TransportFixture net;
  net.connector.plan.chunk = 1;
  net.serve_raw("HTTP/1.0 505 HTTP Version Not Supported\r\n\r\n");
  const UnaryAnswer answer = net.call_and_wait();
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_THAT(answer.status.message, HasSubstr("speaks HTTP/1.0"));
}

TEST(UnaryCallTest, RubbishAndTlsAreNamed) {
  TransportFixture rubbish;
  rubbish.serve_raw("SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT_THAT(rubbish.call_and_wait().status.message, HasSubstr("store:1 does not speak HTTP/2"));
  TransportFixture tls;
  tls.serve_raw(std::string("\x15\x03\x01\x00\x02\x02\x0a", 7));
  const UnaryAnswer answer = tls.call_and_wait();
  EXPECT_THAT(answer.status.message, HasSubstr("TLS"));
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
}

TEST(UnaryCallTest, RubbishLaterInTheTalkBreaksTheConnection) {
  TransportFixture net;
  net.serve(at_end([](ScriptedServer& server, std::int32_t) {
    server.link().answer(std::string("\x00\x00\x05\x00\x00\x00\x00\x00\x00hello", 14));  // DATA on stream 0
  }));
  const UnaryAnswer answer = net.call_and_wait();
  EXPECT_EQ(answer.status.failure, Failure::protocol);
  EXPECT_THAT(answer.status.message, HasSubstr("store:1 broke the rules of HTTP/2"));
  EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
}

TEST(UnaryCallTest, DeadlineEndsASilentCallAndResetsItsStream) {
  TransportFixture net;
  net.serve(nullptr);
  const UnaryAnswer answer = net.call_and_wait("x", net.start(2s));
  EXPECT_EQ(answer.status.code, StatusCode::deadline_exceeded);
  EXPECT_EQ(answer.status.failure, Failure::none);
  EXPECT_THAT(answer.status.message, HasSubstr("the answer of store:1"));
  EXPECT_EQ(answer.delivery, Delivery::maybe_processed);
  EXPECT_EQ(net.loop.now(), core::Time(1002s));
  net.loop.run_for(1s);
  EXPECT_TRUE(net.servers[0]->calls.at(1).reset);
  EXPECT_EQ(net.servers[0]->calls.at(1).reset_code, 8u);
}

TEST(UnaryCallTest, DeadlineThatHasPassedSendsNothing) {
  TransportFixture net;
  net.serve(sim::echo);
  (void)net.call_and_wait();
  const UnaryAnswer answer = net.call_and_wait("x", net.start(0s));
  EXPECT_EQ(answer.status.code, StatusCode::deadline_exceeded);
  EXPECT_EQ(answer.delivery, Delivery::not_sent);
  net.loop.run_for(1s);
  EXPECT_EQ(net.servers[0]->calls.size(), 1u);
}

TEST(UnaryCallTest, DestroyedCallIsResetAndSilent) {
  TransportFixture net;
  net.serve(nullptr);
  RecordedCall recorded;
  net.call(recorded);
  EXPECT_EQ(recorded.call->delivery(), Delivery::not_sent);
  net.loop.run_for(1s);
  EXPECT_EQ(recorded.call->delivery(), Delivery::maybe_processed);
  recorded.call.reset();
  net.loop.run_for(100s);
  EXPECT_TRUE(net.servers[0]->calls.at(1).reset);
  EXPECT_EQ(recorded.told, 0);
}

TEST(UnaryCallTest, CallDestroyedBeforeItLeftIsNeverSent) {
  TransportFixture net;
  net.serve(sim::echo);
  (void)net.call_and_wait();
  RecordedCall recorded;
  net.call(recorded);
  recorded.call.reset();
  net.loop.run_for(1s);
  EXPECT_EQ(net.servers[0]->calls.size(), 1u);
}

TEST(UnaryCallTest, EarlyAnswerEndsTheCallAndStopsTheRequest) {
  TransportFixture net;
  net.serve([](ScriptedServer& server, ServerCall& call, ServerEvent event) {
    if (event == ServerEvent::headers) server.trailers_only(call.id, StatusCode::permission_denied, "no");
  });
  const UnaryAnswer answer = net.call_and_wait(std::string(1'000'000, 'x'));  // more than the server's window
  EXPECT_EQ(answer.status.code, StatusCode::permission_denied);
  EXPECT_EQ(answer.delivery, Delivery::answered);
  net.loop.run_for(1s);
  EXPECT_TRUE(net.servers[0]->calls.at(1).reset);
  EXPECT_TRUE(net.call_and_wait("next").status.code == StatusCode::permission_denied);
}

TEST(UnaryCallTest, HugeHeadersAreRefused) {
  const UnaryAnswer answer = answer_to([](ScriptedServer& server, std::int32_t id) {
    Metadata many;
    for (int i = 0; i < 40; ++i) many.emplace_back("x-" + std::to_string(i), std::string(2000, 'a'));
    server.send_headers(id, many);
  });
  EXPECT_FALSE(answer.status.ok());
  EXPECT_THAT(answer.status.message, HasSubstr("headers"));
}

TEST(UnaryCallTest, AnswerIsNeverToldInsideTheCallThatStartsIt) {
  TransportFixture net;
  net.transport->close();
  RecordedCall recorded;
  net.call(recorded);
  EXPECT_EQ(recorded.told, 0);
  net.loop.run_ready();
  EXPECT_EQ(recorded.told, 1);
  EXPECT_EQ(recorded.answer->status.failure, Failure::closed);
  EXPECT_EQ(recorded.answer->delivery, Delivery::not_sent);
}

}  // namespace
}  // namespace tikv::rpc
