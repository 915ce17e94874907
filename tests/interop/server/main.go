// A server of gRPC's interoperability tests, as grpc-go publishes it, for the tests of our transport.
//
// It listens on 127.0.0.1, on a port for plain connections, one for TLS and one for TLS that demands
// a certificate; prints the three ports on one line; and ends when its standard input is closed, so
// that it never outlives the test.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/interop"
	testgrpc "google.golang.org/grpc/interop/grpc_testing"
)

const largestMessage = 256 << 20

func serve(options ...grpc.ServerOption) (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	options = append(options, grpc.MaxRecvMsgSize(largestMessage), grpc.MaxSendMsgSize(largestMessage))
	server := grpc.NewServer(options...)
	testgrpc.RegisterTestServiceServer(server, interop.NewTestServer())
	go func() {
		if err := server.Serve(listener); err != nil {
			log.Fatal(err)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func run(certificateFile, keyFile, clientAuthorityFile string) error {
	certificate, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(clientAuthorityFile)
	if err != nil {
		return err
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(authority) {
		return errors.New("no certificate in " + clientAuthorityFile)
	}
	plain, err := serve()
	if err != nil {
		return err
	}
	encrypted, err := serve(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{certificate}})))
	if err != nil {
		return err
	}
	certified, err := serve(grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientCAs:    clients,
		ClientAuth:   tls.RequireAndVerifyClientCert,
	})))
	if err != nil {
		return err
	}
	fmt.Println(plain, encrypted, certified)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func main() {
	certificate := flag.String("certificate", "", "PEM file with the certificate of the TLS ports")
	key := flag.String("key", "", "PEM file with its private key")
	clientAuthority := flag.String("client-ca", "", "PEM file with the authority of the clients' certificates")
	flag.Parse()
	if err := run(*certificate, *key, *clientAuthority); err != nil {
		log.Fatal(err)
	}
}
