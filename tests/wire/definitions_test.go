package wire

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// ourDescriptors reads what the build has written next to the generated code.
func ourDescriptors(t *testing.T) []byte {
	path := os.Getenv("TIKV_WIRE_DESCRIPTORS")
	if path == "" {
		t.Fatal("TIKV_WIRE_DESCRIPTORS does not name the descriptor set of our definitions")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func compare(t *testing.T, raw []byte) []string {
	ours, packages, err := Ours(raw)
	if err != nil {
		t.Fatal(err)
	}
	published, err := Published(packages...)
	if err != nil {
		t.Fatal(err)
	}
	for name, fact := range NewerThanPinned {
		if _, known := published[name]; known {
			t.Errorf("%s is in the pinned module by now: take it out of NewerThanPinned", name)
		}
		published[name] = fact
	}
	return Differences(ours, published)
}

func TestOurDefinitionsSayWhatThePublishedSay(t *testing.T) {
	raw := ourDescriptors(t)
	ours, _, err := Ours(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []string{
		"field kvrpcpb.RawGetRequest.key", "field tikvpb.BatchCommandsRequest.Request.RawGet",
		"method /tikvpb.Tikv/RawGet", "method /pdpb.PD/Tso", "value pdpb.ErrorType.OK",
	} {
		if _, there := ours[known]; !there {
			t.Errorf("%s: the descriptors are not read as they should be", known)
		}
	}
	for _, difference := range compare(t, raw) {
		t.Error(difference)
	}
	t.Logf("%d facts compared", len(ours))
}

// The client decides by the variant of a region error: it must know every one.
func TestEveryRegionErrorIsDeclared(t *testing.T) {
	ours, packages, err := Ours(ourDescriptors(t))
	if err != nil {
		t.Fatal(err)
	}
	published, err := Published(packages...)
	if err != nil {
		t.Fatal(err)
	}
	for _, missing := range Missing("errorpb.Error", ours, published) {
		t.Error(missing)
	}
	delete(ours, "field errorpb.Error.not_leader")
	if len(Missing("errorpb.Error", ours, published)) != 1 {
		t.Error("a variant that is missing is not noticed")
	}
}

// Each kind of difference is made once, in a copy, and must be found.
func TestEveryKindOfDifferenceIsFound(t *testing.T) {
	raw := ourDescriptors(t)
	rawGet := func(set *descriptorpb.FileDescriptorSet) *descriptorpb.DescriptorProto {
		for _, file := range set.File {
			for _, message := range file.MessageType {
				if message.GetName() == "RawGetRequest" {
					return message
				}
			}
		}
		t.Fatal("no RawGetRequest")
		return nil
	}
	file := func(set *descriptorpb.FileDescriptorSet, name string) *descriptorpb.FileDescriptorProto {
		for _, file := range set.File {
			if file.GetPackage() == OurPrefix+name {
				return file
			}
		}
		t.Fatal("no package " + name)
		return nil
	}
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		kind   string
		change func(*descriptorpb.FileDescriptorSet)
		found  string
	}{
		{"message", func(s *descriptorpb.FileDescriptorSet) { rawGet(s).Name = text("RawFetchRequest") },
			"message kvrpcpb.RawFetchRequest: not in"},
		{"field", func(s *descriptorpb.FileDescriptorSet) { rawGet(s).Field[1].Name = text("kee") },
			"field kvrpcpb.RawGetRequest.kee: not in"},
		{"number", func(s *descriptorpb.FileDescriptorSet) { rawGet(s).Field[1].Number = proto.Int32(9) },
			"field kvrpcpb.RawGetRequest.key: ours \"= 9"},
		{"type", func(s *descriptorpb.FileDescriptorSet) {
			rawGet(s).Field[1].Type = descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum()
		}, "field kvrpcpb.RawGetRequest.key: ours"},
		{"message type", func(s *descriptorpb.FileDescriptorSet) {
			rawGet(s).Field[0].TypeName = text(".tikv.wire.kvrpcpb.KvPair")
		}, "field kvrpcpb.RawGetRequest.context: ours"},
		{"label", func(s *descriptorpb.FileDescriptorSet) {
			rawGet(s).Field[1].Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
		}, "field kvrpcpb.RawGetRequest.key: ours"},
		{"oneof", func(s *descriptorpb.FileDescriptorSet) {
			file(s, "tikvpb").MessageType[0].NestedType[0].OneofDecl[0].Name = text("command")
		}, "field tikvpb.BatchCommandsRequest.Request.RawGet: ours"},
		{"enum value", func(s *descriptorpb.FileDescriptorSet) {
			file(s, "pdpb").EnumType[0].Value[1].Number = proto.Int32(77)
		}, "value pdpb.ErrorType.UNKNOWN: ours \"77\""},
		{"method", func(s *descriptorpb.FileDescriptorSet) {
			file(s, "tikvpb").Service[0].Method[0].Name = text("RawFetch")
		}, "method /tikvpb.Tikv/RawFetch: not in"},
		{"method type", func(s *descriptorpb.FileDescriptorSet) {
			file(s, "tikvpb").Service[0].Method[0].OutputType = text(".tikv.wire.kvrpcpb.RawPutResponse")
		}, "method /tikvpb.Tikv/RawGet: ours"},
		{"streaming", func(s *descriptorpb.FileDescriptorSet) {
			file(s, "tikvpb").Service[0].Method[0].ServerStreaming = proto.Bool(true)
		}, "method /tikvpb.Tikv/RawGet: ours"},
		{"syntax", func(s *descriptorpb.FileDescriptorSet) { file(s, "metapb").Syntax = text("proto2") }, "syntax metapb: ours"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			set := &descriptorpb.FileDescriptorSet{}
			if err := proto.Unmarshal(raw, set); err != nil {
				t.Fatal(err)
			}
			c.change(set)
			changed, err := proto.Marshal(set)
			if err != nil {
				t.Fatal(err)
			}
			if found := strings.Join(compare(t, changed), "\n"); !strings.Contains(found, c.found) {
				t.Errorf("not found: %s; found: %q", c.found, found)
			}
		})
	}
}

func TestAPackageOutsideOfOursIsRefused(t *testing.T) {
	set := &descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{
		{Name: proto.String("kvrpcpb.proto"), Package: proto.String("kvrpcpb")}}}
	raw, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Ours(raw); err == nil {
		t.Error("a package that a host program may have too was taken")
	}
}
