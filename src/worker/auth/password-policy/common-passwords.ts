/**
 * What people choose first: the list for when no breach corpus can be asked. From zxcvbn (MIT licence): the 1,000 most
 * frequent of at least 4 characters, those of at least 8 among the first 2,000, and every one of at least 15.
 */
export const commonPasswords = `
000000 007007 01011980 01011990 01012000 01012010 01012011 010203 102030 1029384756 111111 11111111 111222
111222333 111222333444555 112233 11223344 11235813 1123581321 122333444455555 12312 123123 123123a 1232323q
123321 1234 12344321 12345 123454321 1234554321 123456 1234567 12345678 1234567887654321 123456789 1234567890
12345678900987654321 1234567890987654321 1234567890qwerty 12345678910 12345678987654321 123456789987654321
123456789a 123456789q 123456789qwerty 1234567a 123456a 123456q 12345a 12345q 12345qwert 1234abcd 1234qwer
1234qwerasdfzxcv 123654 123654789 123789 123abc 123qwe 123qwe123 123qweasd 123qweasdzxc 12qwaszx 131313 134679
147258 147258369 147852 147852369 14789632 159357 159753 159951 1a2b3c4d 1q2w3e 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
1qa2ws3ed4rf5tg 1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw2 1qazxsw23edcvfr4 2112 21122112 23176djivanfros
31415926 315475 420842084208555 4815162342 5150 51505150 666666 6969 696969 741852963 7777777 789456 789456123
852456 8675309 9379992 a12345 a123456 a1234567 a1b2c3 a1b2c3d4 aardvark abc123 abcd1234 access access14 accord
action adgjmptw adidas admin adrian airborne airforce airplane aksjdlasdakj89879 alabama alaska albert alejandr
aleksandr alex alexande alexander alexandr alexis alicia alison allison alpha alpha1 alyssa amanda amber america
american anderson andre andrea andrew andrey angel angel1 angela angelina angels animal anna anthony anthony1
antonio anything apollo apple apples arizona arnold arsenal arthur asd123 asdasd asdf asdf1234 asdfasdf asdfg
asdfgh asdfghjk asdfghjkl ashley assassin asshole assman atlantis august austin avalon avatar awesome azerty
baby babydoll babygirl babylon5 badass badboy badger bailey bambam banana bandit barbara barcelona barney
baseball basketba basketball bastard batman baxter bear beatles beaver beavis beer benjamin berlin
bhrh0h2oof6xbqjeh bigboobs bigboy bigcock bigdaddy bigdick bigdog bigman bigred bigtits bill billy billybob
birdie birthday bishop bitch bitches biteme black blackcat blackdog blahblah blazer blink182 blizzard blowjob
blowme blue bluebird bluemoon bobafett bobby bollocks bond007 bondage bonehead bonnie boobies booboo boobs
booger boogie boomer boston bpgjldsgjldthnf bradley brandon brandy braves brazil brenda brian britney brittany
bronco broncos brooke brooklyn brother brutus bubba bubba1 bubbles buckeyes buddha buddy buddy1 budlight buffalo
bulldog bulldogs bullet bullshit burton business buster butter butterfl butterfly butthead cadillac caesar
californ calvin camaro cameron campbell canada candy captain cardinal carlos carmen carolina caroline carrie
carter cartman casper cassie catch22 cavalier cdtnkfyf celtic champion chance chandler changeme chargers charles
charlie charlie1 charlott cheese chelsea chelsea1 cherokee cherry chester chevelle chevy cheyenne chicago
chicken chocolat chopper chris christ christia christian christin christine christop chronic cjkysirj claire
classic claudia clifford cobra cocacola cock coffee college colorado columbia compaq computer concrete connie
connor consumer cookie cool cooldude cooper copper corvette cougar courtney cowboy cowboys crazy creative
cricket cristina crystal cumshot cunt daddy dakota dallas dancer danger daniel danielle darkness darkside
darkstar dave david dbrnjhbz death debbie december defender deftones denise dennis denver destiny detroit
devildog devils dexter diablo diamond diamonds dick dickhead diesel dietcoke digger digital disney doctor doggie
dolphin dolphins domino donald donkey douglas dragon dreamer dreams driver drowssap drpepper drummer ducati
duncan eagle eagle1 eagles eclipse edward einstein ekaterina electric elephant elizabet elizabeth elvis eminem
empire engineer england enigma enter enterpri eric eternity eugene everton explorer extreme falcon family
fantasy fender fernando ferrari fire fireball firebird fireman fish fisher fishing fktrcfylh florence florida
flower flowers fluffy flyers football ford forest forever france francis frank frankie franklin fred freddy
fredfred free freedom freedom1 freepass freeuser friday friend friends froggy fuck fucker fuckfuck fucking
fuckme fuckoff fuckyou fuckyou1 fuckyou2 fyfcnfcbz fylhtq gabriel galina galore gandalf gangster garcia garfield
gateway gators gemini general genesis genius george georgia geronimo gfhjkm ghbdtn ghbdtnbr giants gibson ginger
giovanni girls gn56gn56 goblue godzilla goldberg golden goldfish golf golfer goober good google gordon gracie
green greenday gregory guinness guitar gundam gunner hamilton hammer hannah hannibal happy happy1 hard hardcore
hardon harley harrison hawaii hd764nw5d7e1vb1 hd764nw5d7e1vbv heather heaven hellfire hello hello1 hello123
helpme hendrix hentai hercules highland hiphop hitman hobbes hockey holiday hollywoo homer honda honey hongkong
hooters horney horny horse horses hotdog hotrod hotstuff house houston howard hummer hunter icecream iceman
ilovesex iloveyou immortal indian infantry infinity internet intrepid ireland ironman isabella isabelle iwantu
jack jackass jackie jackson jaguar jake james jasmine jason jasper jeffrey jennifer jeremy jessica jessica1
jessie jester jesus jimmy john johnny johnson jonathan jordan jordan23 joseph joshua junior jupiter justice
justin juventus karina katana kathleen kawasaki kelly kenneth kermit kevin killer kimberly king kingkong kirill
kitten kitty klaster knight kodiak kramer kristen kristina lacrosse lakers lasvegas lauren lawrence leather
legend leonardo leslie letmein letmein1 letmein2 lhbjkjubz2957704 liberty lifehack lincoln little liverpoo
liverpool lizard logitech lol123 lollipop london lonewolf longhorn louise love lovelove lovely loveme lover
loverboy lovers loveyou lucky lucky1 lytdybrbdfvgbhf maddog madison madmax madonna maggie magic magnum
mailcreated5240 makaveli maksim manchester manutd marathon marcus margaret maria marina marine marines mark
marlboro marley marshall martin marvin maryjane master matrix matt matthew matthew1 maverick maximus maxwell
megadeth melanie melissa member mercedes mercury merlin metallic metallica mexico michael michael1 michelle
michigan mickey microsoft midnight mike miller mine minecraft mistress mitchell molly momsanaladventure monday
money money1 mongoose monica monkey monster montana montreal mookie morgan morpheus morrison mother motorola
mountain mozart muffin murphy music musicman mustang mustang1 napoleon naruto nascar nastya natalie natasha
nathan naughty ncc1701 ncc1701d ncc1701e ne_e_pod_chehyl nelson nemesis nemvxyheqdd5oqxyxyzi newport newyork
nicholas nick1234-rem936 nicole nigger nikita nintendo nirvana nissan norman nothing november october oksana
oliver olivia online orange ou812 outlaw overlord packers pakistan pamela panasonic pandora pantera panther
panthers panties panzer paradise parker pass passion passport passw0rd password password1 password123
passwordassword passwordpassword passwordstandard patches patricia patrick patriots paul pavilion peaches peanut
pearljam peekaboo penelope penguin penis people pepper perfect personal peter phantom phoenix phpbb picard
pickle pimpin pirate platinum playboy player playtime please pleasure pokemon police polina polniypizdec0211
polniypizdec1102 polniypizdec110211 pontiac poohbear pookie poop poopoo popcorn porn porno pornstar porsche
portland portugal power precious predator presario pretty prince princess private psycho pumpkin punisher
punkrock purple pussy pussy1 pussycat q1w2e3 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 q1w2e3r4t5y6u7i8
q1w2e3r4t5y6u7i8o9p0 qaz123 qazwsx qazwsx123 qazwsxed qazwsxedc qazwsxedcrfvtgb qazxsw qazxswedc qqq111 qwaszx
qwe123 qweasd qweasdzxc qweqwe qwer1234 qwert qwertasdfgzxcvb qwerty qwerty1 qwerty12 qwerty123 qwerty12345
qwerty123456789 qwertyu qwertyui qwertyuiop qwertyuiop12345 rabbit rachel racing raider raiders rainbow raistlin
ranger rangers raptor rascal rasdzv3 raymond razz rebecca red123 reddog redhead redrum redskins redsox redwings
reggie remember renegade rhbcnbyf richard robbie robert robinson rock rocket rockstar rocky roland rolltide
ronald ronaldo rooster rosebud runner rush2112 ruslan russell russia sabrina saints samantha sammy samson
samsung samuel sandiego sandman sandra sarah satan666 saturn savannah scarface school scooby scooter scorpio
scorpion scotland scott scotty sebastia secret security seinfeld seminole semperfi serega serenity sergey sexsex
sexy shadow shaggy shamrock shannon sharon shelby sherlock shit shithead shorty showtime sierra silver simon
simone simple simpson simpsons skipper skippy skittles skyline skywalke slayer slipknot slut smith smokey smooth
snickers sniper snoopy snowball snowman soccer softball software sophie soso123aljg spanky sparky speedy spencer
spider spiderma spiderman spirit spitfire spooky sports spring squirrel srinivas stalker stallion standard
stanley star stardust stargate startrek starwars steelers stella stephani stephen sterling steve steven stingray
stinky stocking stupid sublime success sucker suckit suckme summer sundance sunset sunshine super super123
superfly superman surfer suzuki svetlana sweet sweetpea swimming swordfis swordfish sydney system tarheels
taurus taylor tennis teresa test test123 tester testing testtest thailand theman therock thomas thuglife thumper
thunder thunder1 thx1138 tiffany tiger tiger1 tigers tigger time timothy tinker titanic tits tomcat tommy topgun
tottenha toyota travis trevor trfnthbyf trinity trombone trouble trustno1 tucker turkey turtle tweety twilight
ultimate united usuckballz1 vagina valentin valentina vampire vanessa vanhalen vegeta verbatim veronica veronika
vfhbyf vfrcbv victor victoria victory viking vikings vincent viper virginia vision vladimir voodoo voyager
walker walter wanker warcraft warrior warriors water waterloo welcome welcome1 werewolf westside wetpussy
whatever wildcat wildcats william william1 williams willie willow wilson windows winner winston winter wizard
wolf wolfgang wolfpack wolverin wolverine wolves wombat wordpass wrangler wrinkle1 xavier yamaha yankee yankees
yankees1 yellow yfnfif zachary zaq12wsx zeppelin zombie zqjphsyf6ctifgu zxc123 zxcvbn zxcvbnm zxcvbnm123456789
`;
