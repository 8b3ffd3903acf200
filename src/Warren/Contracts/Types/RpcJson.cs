using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Warren;

/// <summary>Values to JSON and back, a whole body at a time.</summary>
internal static class RpcJson
{
    // Bodies stand in no web page: quotes, angle brackets and letters of every language stay as they are.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Scratch? t_scratch;

    public static byte[] Write<T>(RpcType<T> type, T value)
    {
        var scratch = Rent();
        type.Write(scratch.Writer, value);
        return Return(scratch);
    }

    public static bool TryRead<T>(RpcType<T> type, ReadOnlySpan<byte> body, out T value, out string error)
    {
        var flaw = default(RpcFlaw);
        value = default!;
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read())
                flaw.Is("the body is empty");
            else if (type.TryRead(ref reader, out value, ref flaw))
                reader.Read(); // Nothing may follow; the reader throws when something does.
        }
        catch (Exception e) when (IsAboutTheBody(e))
        {
            value = default!;
            flaw.Is($"the body is not JSON of that shape: {e.Message}");
        }
        error = flaw.IsSet ? flaw.ToString() : "";
        return !flaw.IsSet;
    }

    /// <summary>
    /// What a body can provoke: the reader's own exceptions (text that is no UTF-8 is an InvalidOperationException to it), and those of
    /// constructors that check their arguments.
    /// </summary>
    public static bool IsAboutTheBody(Exception e) =>
        e is JsonException or InvalidOperationException or ArgumentException or FormatException or OverflowException or NotSupportedException;

    /// <summary>A writer of this thread's. A value's own code may write another body meanwhile: then it gets another writer.</summary>
    public static Scratch Rent()
    {
        var scratch = t_scratch ?? new Scratch(WriterOptions);
        t_scratch = null;
        return scratch;
    }

    /// <summary>What was written. A scratch that something went wrong with is not given back.</summary>
    public static byte[] Return(Scratch scratch)
    {
        scratch.Writer.Flush();
        var octets = scratch.Buffer.WrittenSpan.ToArray();
        scratch.Buffer.ResetWrittenCount();
        scratch.Writer.Reset();
        if (scratch.Buffer.Capacity <= Scratch.MaxKept)
            t_scratch = scratch;
        return octets;
    }

    /// <summary>A writer and where it writes to.</summary>
    internal sealed class Scratch
    {
        /// <summary>Octets; one large body should not be remembered for ever.</summary>
        public const int MaxKept = 64 * 1024;

        public Scratch(JsonWriterOptions options) => Writer = new Utf8JsonWriter(Buffer, options);

        public ArrayBufferWriter<byte> Buffer { get; } = new(256);

        public Utf8JsonWriter Writer { get; }
    }
}
