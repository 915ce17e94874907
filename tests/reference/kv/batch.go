package main

import (
	"context"
	"errors"
	"io"
	"reflect"
	"sync"

	"github.com/pingcap/kvproto/pkg/tikvpb"
	"github.com/pingcap/tidb/pkg/store/mockstore/unistore/tikv"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// newStoreServer finds the method for each command of BatchCommands by the type of its request.
// unistore's own BatchCommands knows few commands and would not call the methods of this package.
func newStoreServer(unistore *tikv.Server, c *cluster, v *view) *storeServer {
	s := &storeServer{Server: unistore, cluster: c, view: v,
		commands: map[string]reflect.Value{}, replies: map[string]reflect.Type{}}
	methods := map[reflect.Type]reflect.Value{}
	value := reflect.ValueOf(s)
	for i := 0; i < value.NumMethod(); i++ {
		method := value.Method(i)
		if t := method.Type(); t.NumIn() == 2 && t.NumOut() == 2 && t.In(1).Kind() == reflect.Ptr {
			methods[t.In(1)] = method
		}
	}
	for _, wrapper := range (*tikvpb.BatchCommandsResponse_Response)(nil).XXX_OneofWrappers() {
		t := reflect.TypeOf(wrapper).Elem()
		s.replies[t.Field(0).Name] = t
	}
	for _, wrapper := range (*tikvpb.BatchCommandsRequest_Request)(nil).XXX_OneofWrappers() {
		field := reflect.TypeOf(wrapper).Elem().Field(0)
		if method, known := methods[field.Type]; known {
			s.commands[field.Name] = method
		}
	}
	return s
}

// serveOne calls the method for one command.
func (s *storeServer) serveOne(ctx context.Context, request *tikvpb.BatchCommandsRequest_Request) (reply *tikvpb.BatchCommandsResponse_Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = status.Errorf(codes.Internal, "panic in the command %T: %v", request.GetCmd(), p)
		}
	}()
	if e, empty := request.GetCmd().(*tikvpb.BatchCommandsRequest_Request_Empty); empty {
		return &tikvpb.BatchCommandsResponse_Response{Cmd: &tikvpb.BatchCommandsResponse_Response_Empty{
			Empty: &tikvpb.BatchCommandsEmptyResponse{TestId: e.Empty.TestId}}}, nil
	}
	wrapper := reflect.ValueOf(request.GetCmd()).Elem()
	name := wrapper.Type().Field(0).Name
	method, known := s.commands[name]
	if !known {
		return nil, status.Errorf(codes.Unimplemented, "there is no command %s here", name)
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), wrapper.Field(0)})
	if failure, _ := results[1].Interface().(error); failure != nil {
		return nil, failure
	}
	wrapped := reflect.New(s.replies[name])
	wrapped.Elem().Field(0).Set(results[0])
	reply = &tikvpb.BatchCommandsResponse_Response{}
	reflect.ValueOf(reply).Elem().FieldByName("Cmd").Set(wrapped)
	return reply, nil
}

// BatchCommands serves each command by itself; the answers go out as they come.
func (s *storeServer) BatchCommands(stream tikvpb.Tikv_BatchCommandsServer) error {
	var sending sync.Mutex
	failures := make(chan error, 1)
	end := make(chan error, 1)
	serve := func(id uint64, request *tikvpb.BatchCommandsRequest_Request) {
		reply, err := s.serveOne(stream.Context(), request)
		if err != nil {
			select {
			case failures <- err:
			default:
			}
			return
		}
		sending.Lock()
		defer sending.Unlock()
		_ = stream.Send(&tikvpb.BatchCommandsResponse{RequestIds: []uint64{id},
			Responses: []*tikvpb.BatchCommandsResponse_Response{reply}})
	}
	go func() {
		for {
			batch, err := stream.Recv()
			if err != nil {
				end <- err
				return
			}
			for i, request := range batch.Requests {
				go serve(batch.RequestIds[i], request)
			}
		}
	}()
	select {
	case err := <-failures:
		return err
	case err := <-end:
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
}
