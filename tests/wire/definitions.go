// Package wire compares our trimmed wire definitions with the published ones: whatever ours have,
// TiKV's must have too, with the same name, number, type and label.
package wire

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"sort"
	"strings"

	legacy "github.com/golang/protobuf/proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	// They register their files when they are linked.
	_ "github.com/pingcap/kvproto/pkg/keyspacepb"
	_ "github.com/pingcap/kvproto/pkg/kvrpcpb"
	_ "github.com/pingcap/kvproto/pkg/pdpb"
	_ "github.com/pingcap/kvproto/pkg/tikvpb"
)

// Facts are what a definition says, by what it says it of: "field kvrpcpb.RawGetRequest.key" has
// number, type and label.
type Facts map[string]string

func (facts Facts) file(file *descriptorpb.FileDescriptorProto) {
	scope := file.GetPackage()
	facts["syntax "+scope] = file.GetSyntax()
	for _, enum := range file.EnumType {
		facts.enum(scope, enum)
	}
	for _, message := range file.MessageType {
		facts.message(scope, message)
	}
	for _, service := range file.Service {
		for _, method := range service.Method {
			name := fmt.Sprintf("method /%s.%s/%s", scope, service.GetName(), method.GetName())
			facts[name] = fmt.Sprintf("%s%s -> %s%s", stream(method.GetClientStreaming()), method.GetInputType(),
				stream(method.GetServerStreaming()), method.GetOutputType())
		}
	}
}

func stream(streaming bool) string {
	if streaming {
		return "stream "
	}
	return ""
}

func (facts Facts) enum(scope string, enum *descriptorpb.EnumDescriptorProto) {
	facts["enum "+scope+"."+enum.GetName()] = "declared"
	for _, value := range enum.Value {
		facts["value "+scope+"."+enum.GetName()+"."+value.GetName()] = fmt.Sprint(value.GetNumber())
	}
}

func (facts Facts) message(scope string, message *descriptorpb.DescriptorProto) {
	name := scope + "." + message.GetName()
	facts["message "+name] = "declared"
	for _, field := range message.Field {
		fact := fmt.Sprintf("= %d %s %s %s", field.GetNumber(), field.GetLabel(), field.GetType(), field.GetTypeName())
		if field.OneofIndex != nil {
			fact += " in oneof " + message.OneofDecl[field.GetOneofIndex()].GetName()
		}
		if packed := field.GetOptions(); packed != nil && packed.Packed != nil {
			fact += fmt.Sprintf(" packed=%v", packed.GetPacked())
		}
		facts["field "+name+"."+field.GetName()] = fact
	}
	for _, enum := range message.EnumType {
		facts.enum(name, enum)
	}
	for _, nested := range message.NestedType {
		facts.message(name, nested)
	}
}

// Published are the facts of the kvproto module that this program is linked with.
func Published(packages ...string) (Facts, error) {
	facts := Facts{}
	for _, name := range packages {
		compressed := legacy.FileDescriptor(name + ".proto")
		if compressed == nil {
			return nil, fmt.Errorf("%s.proto is not in the published module", name)
		}
		reader, err := gzip.NewReader(bytes.NewReader(compressed))
		if err != nil {
			return nil, err
		}
		raw, err := io.ReadAll(reader)
		if err != nil {
			return nil, err
		}
		file := &descriptorpb.FileDescriptorProto{}
		if err := proto.Unmarshal(raw, file); err != nil {
			return nil, err
		}
		facts.file(file)
	}
	return facts, nil
}

// OurPrefix is what the names of our packages have before TiKV's.
const OurPrefix = "tikv.wire."

// Ours are the facts of a descriptor set as protoc writes it, under TiKV's names.
func Ours(raw []byte) (Facts, []string, error) {
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(raw, set); err != nil {
		return nil, nil, err
	}
	facts := Facts{}
	var packages []string
	for _, file := range set.File {
		if !strings.HasPrefix(file.GetPackage(), OurPrefix) {
			return nil, nil, fmt.Errorf("%s is in package %q, outside of %s", file.GetName(), file.GetPackage(), OurPrefix)
		}
		facts.file(file)
		packages = append(packages, strings.TrimPrefix(file.GetPackage(), OurPrefix))
	}
	renamed := Facts{}
	for name, fact := range facts {
		renamed[strings.ReplaceAll(name, OurPrefix, "")] = strings.ReplaceAll(fact, OurPrefix, "")
	}
	return renamed, packages, nil
}

// NewerThanPinned are facts of kvproto's master branch (since May 2025) that the pinned module, a
// release branch, does not have. Servers of that age send them.
var NewerThanPinned = Facts{
	"field kvrpcpb.RawCASRequest.delete":       "= 8 LABEL_OPTIONAL TYPE_BOOL ",
	"message errorpb.UndeterminedResult":       "declared",
	"field errorpb.UndeterminedResult.message": "= 1 LABEL_OPTIONAL TYPE_STRING ",
	"field errorpb.Error.undetermined_result":  "= 22 LABEL_OPTIONAL TYPE_MESSAGE .errorpb.UndeterminedResult",
}

// Differences lists what ours say and the published do not, in order.
func Differences(ours, published Facts) []string {
	var found []string
	for name, fact := range ours {
		switch theirs, known := published[name]; {
		case !known:
			found = append(found, name+": not in the published definitions")
		case theirs != fact:
			found = append(found, fmt.Sprintf("%s: ours %q, published %q", name, fact, theirs))
		}
	}
	sort.Strings(found)
	return found
}

// Missing lists the fields of a message that the published definitions have and ours do not. Ours are
// trimmed to what is used; of some messages everything must be there, since a client that does not
// know why it was refused does the wrong thing.
func Missing(message string, ours, published Facts) []string {
	var missing []string
	for name := range published {
		if _, known := ours[name]; !known && strings.HasPrefix(name, "field "+message+".") {
			missing = append(missing, name+": not in ours")
		}
	}
	sort.Strings(missing)
	return missing
}
