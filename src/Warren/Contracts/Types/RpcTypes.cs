using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Warren;

/// <summary>For generated code: the types that need no description, and the ways to put types together.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RpcTypes
{
    private const string TimeFormat = "HH:mm:ss.FFFFFFF";

    /// <summary>No value.</summary>
    public static RpcType<RpcVoid> Void { get; } = new VoidType();

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static RpcType<bool> Boolean { get; } = new PlainScalar<bool>(BodyCodec.NameOf<bool>(), ScalarReaders.Boolean, static (json, value) => json.WriteBooleanValue(value));

    /// <summary>A whole number.</summary>
    public static RpcType<byte> Byte { get; } = new PlainScalar<byte>(BodyCodec.NameOf<byte>(), ScalarReaders.Byte, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A whole number.</summary>
    public static RpcType<sbyte> SByte { get; } = new PlainScalar<sbyte>(BodyCodec.NameOf<sbyte>(), ScalarReaders.SByte, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A whole number.</summary>
    public static RpcType<short> Int16 { get; } = new PlainScalar<short>(BodyCodec.NameOf<short>(), ScalarReaders.Int16, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A whole number.</summary>
    public static RpcType<ushort> UInt16 { get; } = new PlainScalar<ushort>(BodyCodec.NameOf<ushort>(), ScalarReaders.UInt16, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A whole number.</summary>
    public static RpcType<int> Int32 { get; } = new PlainScalar<int>(BodyCodec.NameOf<int>(), ScalarReaders.Int32, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A whole number.</summary>
    public static RpcType<uint> UInt32 { get; } = new PlainScalar<uint>(BodyCodec.NameOf<uint>(), ScalarReaders.UInt32, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A whole number.</summary>
    public static RpcType<long> Int64 { get; } = new PlainScalar<long>(BodyCodec.NameOf<long>(), ScalarReaders.Int64, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A whole number.</summary>
    public static RpcType<ulong> UInt64 { get; } = new PlainScalar<ulong>(BodyCodec.NameOf<ulong>(), ScalarReaders.UInt64, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A number.</summary>
    public static RpcType<decimal> Decimal { get; } = new PlainScalar<decimal>(BodyCodec.NameOf<decimal>(), ScalarReaders.Decimal, static (json, value) => json.WriteNumberValue(value));

    /// <summary>A number, or one of the texts <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c>.</summary>
    public static RpcType<float> Single { get; } = new PlainScalar<float>(BodyCodec.NameOf<float>(), ScalarReaders.Single, static (json, value) =>
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    });

    /// <summary>A number, or one of the texts <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c>.</summary>
    public static RpcType<double> Double { get; } = new PlainScalar<double>(BodyCodec.NameOf<double>(), ScalarReaders.Double, static (json, value) =>
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    });

    /// <summary>A text.</summary>
    public static RpcType<string> String { get; } = new PlainScalar<string>("a text", ScalarReaders.String, static (json, value) => json.WriteStringValue(value));

    /// <summary>A text of one character.</summary>
    public static RpcType<char> Char { get; } = new Scalar<char>("one character", ScalarReaders.Char, static (json, value) => json.WriteStringValue([value]));

    /// <summary>36 characters with hyphens.</summary>
    public static RpcType<Guid> Guid { get; } = new PlainScalar<Guid>("a Guid", ScalarReaders.Guid, static (json, value) => json.WriteStringValue(value));

    /// <summary>ISO 8601.</summary>
    public static RpcType<DateTime> DateTime { get; } = new PlainScalar<DateTime>("a DateTime (ISO 8601)", ScalarReaders.DateTime, static (json, value) => json.WriteStringValue(value));

    /// <summary>ISO 8601.</summary>
    public static RpcType<DateTimeOffset> DateTimeOffset { get; } = new PlainScalar<DateTimeOffset>("a DateTimeOffset (ISO 8601)", ScalarReaders.DateTimeOffset, static (json, value) => json.WriteStringValue(value));

    /// <summary><c>2030-12-31</c>.</summary>
    public static RpcType<DateOnly> DateOnly { get; } = new Scalar<DateOnly>("a date (2030-12-31)", ScalarReaders.DateOnly, static (json, value) => json.WriteStringValue(value.ToString("O", CultureInfo.InvariantCulture)));

    /// <summary><c>23:59:59.9999999</c>.</summary>
    public static RpcType<TimeOnly> TimeOnly { get; } = new Scalar<TimeOnly>("a time of day (23:59:59)", ScalarReaders.TimeOnly, static (json, value) => json.WriteStringValue(value.ToString(TimeFormat, CultureInfo.InvariantCulture)));

    /// <summary><c>1.02:03:04.0000001</c>: days, hours, minutes, seconds.</summary>
    public static RpcType<TimeSpan> TimeSpan { get; } = new PlainScalar<TimeSpan>("a time span (1.02:03:04)", ScalarReaders.TimeSpan, static (json, value) => json.WriteStringValue(value.ToString("c", CultureInfo.InvariantCulture)));

    /// <summary>A URI, absolute or relative.</summary>
    public static RpcType<Uri> Uri { get; } = new Scalar<Uri>("a URI", ScalarReaders.Uri, static (json, value) => json.WriteStringValue(value.OriginalString));

    /// <summary>Octets: untouched as a body, base64 in JSON.</summary>
    public static RpcType<byte[]> Octets { get; } = new PlainScalar<byte[]>("octets (base64)", ScalarReaders.Octets, static (json, value) => json.WriteBase64StringValue(value));

    /// <summary>Octets: untouched as a body, base64 in JSON.</summary>
    public static RpcType<ReadOnlyMemory<byte>> Memory { get; } = new PlainScalar<ReadOnlyMemory<byte>>("octets (base64)", ScalarReaders.Memory, static (json, value) => json.WriteBase64StringValue(value.Span));

    /// <summary>Any JSON.</summary>
    public static RpcType<JsonElement> Element { get; } = new Scalar<JsonElement>("JSON", ScalarReaders.Element, static (json, value) => value.WriteTo(json));

    /// <summary>An enumeration, by its names.</summary>
    public static RpcType<TEnum> Enum<TEnum>()
        where TEnum : struct, Enum => new EnumType<TEnum>();

    /// <summary>A value or null.</summary>
    public static RpcType<T?> OrNullValue<T>(RpcType<T> inner)
        where T : struct => new NullableValue<T>(inner);

    /// <summary>A reference or null.</summary>
    public static RpcType<T?> OrNull<T>(RpcType<T> inner)
        where T : class => new NullableReference<T>(inner);

    /// <summary>An array.</summary>
    public static RpcType<T[]> Array<T>(RpcType<T> item) => new Sequence<T[], T>(item, static items => items.ToArray());

    /// <summary>A list, or an interface that a list has.</summary>
    public static RpcType<TList> List<TList, T>(RpcType<T> item)
        where TList : IEnumerable<T> => new Sequence<TList, T>(item, static items => (TList)(object)items);

    /// <summary>A set, or an interface that a set has.</summary>
    public static RpcType<TSet> Set<TSet, T>(RpcType<T> item)
        where TSet : IEnumerable<T> => new Sequence<TSet, T>(item, static items => (TSet)(object)new HashSet<T>(items));

    /// <summary>A dictionary with text as keys, or an interface that it has.</summary>
    public static RpcType<TMap> Map<TMap, T>(RpcType<T> item)
        where TMap : IEnumerable<KeyValuePair<string, T>> => new Map<TMap, T>(item, static items => (TMap)(object)items);

    /// <summary>What a contract's format writes; <paramref name="rules"/> checks it.</summary>
    public static RpcType<T> Formatted<T, TFormat>(RpcType<T>? rules = null, bool mayBeNull = false)
        where TFormat : BodyFormat, new() => new FormattedType<T, TFormat>(rules, mayBeNull);

    /// <summary>What the application's context describes; <paramref name="rules"/> checks it.</summary>
    public static RpcType<T> Described<T>(JsonSerializerContext context, RpcType<T>? rules = null) => new DescribedType<T>(context, rules);
}
