using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What is wrong with the octets of a record.</summary>
internal static class RecordFault
{
    /// <summary>Reads the version, which comes first.</summary>
    /// <exception cref="ProtocolException">It is not the one that this release writes.</exception>
    public static void CheckVersion(ref WireReader reader, byte version)
    {
        var found = reader.ReadOctet();
        if (found != version)
            throw Of($"its version is {found}, and only {version} is known here");
    }

    public static ProtocolException Of(string what) => new(ReplyCode.InternalError, what);
}
