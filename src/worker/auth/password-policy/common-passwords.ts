/**
 * The most common passwords, for when the breach corpus cannot be asked. The list comes from zxcvbn (MIT licence). It
 * has the 1,500 most frequent passwords of at least 4 characters, those of at least 8 among the first 4,000, and every
 * one of at least 15.
 */
export const commonPasswords = `
0.0.0.000 000000 007007 01011 01011970 01011980 01011981 01011984 01011985 01011986 01011987 01011988 01011989
01011990 01011991 01012000 01012001 01012010 01012011 010203 02071986 03082006 102030 1029384756 111111 11111111
11112222 111222 111222333 111222333444555 112233 11223344 1122334455 11235813 1123581321 12131415
122333444455555 12312 123123 12312312 123123a 1232323q 123321 123321123 1234 12344321 12345 123454321 1234554321
123456 1234567 12345678 1234567887654321 123456789 1234567890 12345678900987654321 1234567890987654321
1234567890q 1234567890qwerty 12345678910 12345678987654321 123456789987654321 123456789a 123456789q
123456789qwerty 123456789z 12345678q 1234567a 1234567q 123456a 123456aa 123456q 123456qwerty 12345a 12345q
12345qwert 1234abcd 1234qwer 1234qwerasdfzxcv 123654 123654789 12369874 123698745 123789 123789456 123abc 123qwe
123qwe123 123qweasd 123qweasdzxc 123qwerty 124578 12qwaszx 131313 13243546 134679 135790 141627 142536 147258
147258369 147852 147852369 1478963 14789632 147896325 15426378 159357 159753 159951 18436572 192837465 1a2b3c
1a2b3c4d 1passwor 1q2w3e 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qa2ws3ed 1qa2ws3ed4rf5tg 1qaz2wsx 1qaz2wsx3edc
1qaz2wsx3edc4rfv 1qazxsw2 1qazxsw23edcvfr4 1x2zkg8w 2112 21122112 23176djivanfros 246810 25802580 314159
31415926 315475 321654 321654987 420842084208555 456123 4815162342 5150 51505150 666666 666999 6969 696969
73501505 741852 741852963 753951 7777777 789456 78945612 789456123 852456 8675309 8j4ye3uz 9379992 963852741
a12345 a123456 a1234567 a123456789 a1b2c3 a1b2c3d4 a1s2d3f4 aardvark aaron abc123 abc12345 abcd1234 aberdeen
access access14 accord achilles action adam adgjmptw adidas admin adrian agent007 airborne airforce airplane
aksjdlasdakj89879 alabama alaska albatros albert alejandr aleksandr aleksandra alex alexande alexander alexandr
alexandra alexis alfred alicia alison alliance allison alpha alpha1 alpine alyssa amanda amateur amber america
america1 american amsterda amsterdam anaconda anastasia anderson andre andrea andreas andrew andrey angel angel1
angela angelica angelina angels anhyeuem animal anna anthony anthony1 antonio anything apache apollo apollo13
apple apple123 applepie apples aquarius aragorn arizona arnold arsenal arsenal1 arthur artist asd123 asdasd asdf
asdf1234 asdfasdf asdfg asdfgh asdfghj asdfghjk asdfghjkl ashley aspirine assassin asshole asshole1 assholes
assman athena atlanta atlantic atlantis attitude audrey august aurora austin australi australia autumn avalanch
avalon avatar awesome azerty azsxdcfv babes baby babyblue babydoll babygirl babylon babylon5 backdoor badass
badboy badger bailey baller balls bambam banana bandit bangbang barbara barbie barcelon barcelona barefoot
barney baseball basket basketba basketball bass bastard batman baxter beach bear bearbear beatles beatrice
beautiful beauty beaver beavis beefcake beer beerbeer benjamin benson berlin bernie bhrh0h2oof6xbqjeh bigballs
bigboobs bigboy bigcock bigdaddy bigdick bigdog bigfoot bigmac bigman bigmoney bigone bigred bigtits bill billy
billybob billyboy birdie birthday bishop bitch bitches biteme blabla black blackcat blackdog blackhaw blackie
blackjac blackman blahblah blaster blazer blessing blink182 blizzard blonde blondie blowjob blowme blue bluebird
blueblue blueeyes bluemoon bobafett bobby bobcat bollocks bond007 bondage bonehead bonnie boobies booboo boobs
booger boogie boomboom boomer booty boston bowling bpgjldsgjldthnf bradford bradley brandi brandon brandon1
brandy braves brazil brenda brian brighton britney brittany broadway bronco broncos brooke brooklyn brother
brothers brown browns brucelee bruins brutus bubba bubba1 bubble bubbles buckeye buckeyes buckshot buddha buddy
buddy1 budlight budweise buffalo bulldog bulldogs bullet bullseye bullshit bunghole bunny burger burton business
buster butter butterfl butterfly butthead butthole cadillac caesar caliente californ california caligula
callaway callie calvin camaro cambiami cameron campbell canada canadian cancer candy candyman cannon captain
cardinal carlos carmen carolina caroline carrie carter cartman casey casino casper cassie castle catalina
catch22 catdog catfish catherin catherine cavalier cdtnkfyf celtic cessna cfitymrf chainsaw champion chance
chandler change changeme charger chargers charles charles1 charlie charlie1 charlott charlotte charlton check
cheese chelsea chelsea1 chemical cherokee cherry cheryl chester chester1 chevelle chevrole chevy cheyenne
chicago chicago1 chichi chicken chicken1 chickens chiefs children chipper chocolat chocolate chopper chris
chris1 chrisbln chrissy christ christia christian christie christin christina christine christop christopher
christy chronic chuckles cinnamon cjkysirj claire clarence classic claudia clevelan clifford clinton clitoris
cobra cocacola cock coffee college colombia colorado colors coltrane columbia columbus commando compaq computer
concrete connie connor consumer control cookie cookies cool cooldude cooper copper corona corvette cosworth
cougar country courtney cowboy cowboys cowboys1 coyote crawford crazy crazybab creampie creative cricket
cristina crusader crystal cthutq cumshot cunt curtis daddy daisy dakota dallas dancer danger daniel danielle
danny dannyboy darkness darkside darkstar dave david david1 davidson dbrnjhbz deadhead death debbie december
deepthroat deeznuts defender deftones denise dennis denver design designer destiny detroit devildog devils
dexter dfktynbyf dfvgbh diablo diamond diamond1 diamonds dick dickhead diesel dietcoke digger digital dilbert
dilligaf dingdong dinosaur director dirty discover disney dkflbckfd dkflbvbh doberman doctor dodgeram dodgers
doggie doggy dollar dolphin dolphins domino donald donkey doughboy douglas downtown dragon dragon1 dragons
dreamer dreams driver drowssap drpepper drummer dthjybrf ducati dude dudley duke duncan dustin eagle eagle1
eagles eastside eatme eatpussy eclipse eddie edward einstein ekaterina elaine electric element elena elephant
elizabet elizabeth elvis emerald eminem emmanuel empire engineer england enigma enjoy enter enterpri enterprise
eric ericsson erotic escort eternity eugene everton excalibu explorer express extreme falcon family fantasy
farmer fatboy father february federico fender fernando ferrari ferrari1 fetish ficken fire fireball firebird
fireman fish fisher fishing fktrcfylh fktrcfylhf fktrctq flamingo flash fletcher flipper florence florida
florida1 flounder flower flowers fluffy flyers foobar football football1 ford fordf150 forest forever formula1
france francesc francis francois frank frankie franklin freaky freckles fred freddie freddy frederic fredfred
free freedom freedom1 freeman freepass freeporn freeuser friday friend friends froggy front242 frontier fuck
fuck_inside fucked fucker fuckface fuckfuck fucking fuckit fuckme fuckoff fuckthis fuckyou fuckyou1 fuckyou2
function future fyfcnfcbz fylhtq gabriel galaxy galina galore gambit gandalf gandalf1 gangbang gangster garcia
garden garfield gargoyle gateway gateway1 gators gemini general genesis genius george georgia german germany
geronimo getmoney gfhjkm gfhjkm123 ghbdtn ghbdtnbr ghjcnjnfr giants gibson ginger giovanni girl girls giuseppe
gizmo gladiator gloria gn56gn56 goblue goddess godfather godsmack godzilla goforit goldberg golden goldfish
goldie goldstar golf golfball golfer golfgolf goober good goodluck goodtime google gordon gordon24 gotohell
gracie grateful great greatone green greenbay greenday gregory gretchen griffin guardian guinness guitar gundam
gunner hacker halflife hamilton hamlet hammer hamster handsome hannah hannibal happy happy1 happy123 happyday
hard hardcore hardon hardrock harley harold harrison harry harvey hastings hawaii hawkeye hd764nw5d7e1vb1
hd764nw5d7e1vbv heather heather1 heaven hedgehog hellfire hello hello1 hello123 hellyeah helpme hendrix hentai
hercules herman hesoyam highland hiphop hitman hjvfirf hobbes hobbit hockey holiday holland holly hollywoo
hollywood holyshit homer honda honey hongkong hooker hooters hornet horney horny horse horses hotdog hotpussy
hotrod hotsex hotstuff hottie house houston howard hummer hunter hunting hurrican huskers hyperion ibanez
icecream iceman idontknow ihateyou ilovesex iloveu iloveyou immortal impala imperial indian indiana indians
indigo infantry infiniti infinity insane inside integra internet intrepid intruder ireland irina ironman
isabella isabelle island italia iwantu jack jackass jackie jackson jackson1 jaguar jake james james1 jamesbon
jamesbond japanese jasmin jasmine jasmine1 jason jasper jeanette jeff jeffrey jennifer jenny jeremiah jeremy
jerome jerry jessica jessica1 jessie jester jesus jesus1 jimmy joanne joejoe johannes john johnjohn johnny
johnson joker jonathan jones jordan jordan23 joseph joshua julian julie jungle junior jupiter justdoit justice
justin justme juventus kaiser kamikaze kangaroo karate karen karina karolina katana katerina kathleen katie
kawasaki kcj9wx5n kelly kelsey kenneth kentucky kenworth kermit kevin keyboard keystone killbill killer kimberly
king kingfish kingkong kingston kirill kissme kitten kitty kittycat klaster knickers knicks knight kodiak kramer
kristen kristin kristina kristine labrador lacrosse ladies lakers lancelot lancer larisa lasvegas laura lauren
lawrence leather legend lennon leonard leonardo lesbian lesbians leslie lestat letmein letmein1 letmein2
lhbjkjubz2957704 liberty lickme lifehack lifetime light lightnin lights lincoln linda lindsay lineage2 lionking
lisa lisalisa little liverpoo liverpool lizard logitech lokomotiv lol123 lolita lollipop lollol london lonestar
lonewolf longhorn looking lorraine louise love lovelove lovely loveme lover loverboy lovers loveyou lowrider
lucifer lucky lucky1 luckydog lytdybrbdfvgbhf macdaddy machine maddie maddog madeline madison madison1 madman
madmax madonna maggie magic magicman magnolia magnum maiden mailcreated5240 majestic makaveli maksim malibu
mamapapa manager manchest manchester mandingo manson manutd maradona marathon marcel marcus margaret margarita
maria mariah marianne marie marina marine mariners marines marino marino13 mario marion mark marlboro marley
marshall martha martin martinez marvin maryjane maryland master master1 matrix matt matthew matthew1 maverick
maxima maximus maxwell meatball meathead meatloaf mechanic megadeth megapass melanie melissa melissa1 member
mercedes mercury meredith meridian merlin mersedes metallic metallica mexico michael michael1 michaela michele
michelle michigan mickey microlab microsof microsoft midnight mike mikemike military miller millie mine
minecraft minnie miranda mister mistress mitchell molly momsanaladventure monalisa monday money money1 moneyman
mongoose monica monika monkey monkey1 monopoly monster montana montreal mookie moose morgan morpheus morris
morrison mother motherlode motorola mountain mouse mozart muffin multiplelo munchkin murphy mushroom music
musicman mustang mustang1 mustangs mylove nadine napoleon naruto nascar nastya natali natalie natasha nathalie
nathan national naughty ncc1701 ncc1701a ncc1701d ncc1701e ne_e_pod_chehyl nebraska nelson nemesis
nemvxyheqdd5oqxyxyzi newcastl newport newton newyork newyork1 nfnmzyf nicholas nick nick1234-rem936 nicola
nicolas nicole nigger nikita nintendo nipple nipples nirvana nissan none norman norton nothing november
nuttertools nwo4life oblivion october oicu812 oklahoma oksana oliver olivia online openup operator orange
original orlando oscar ou812 outlaw overlord p0015123 pa55w0rd pa55word packard packers packers1 paintbal
paintball pakistan paladin pamela panasoni panasonic pandora pantera panther panther1 panthers panties pantyhos
panzer paradise paris parker pascal pass pass1234 passion passpass passport passw0rd passwor passwor1 password
password1 password123 passwordassword passwordpassword passwords passwordstandard passwort patches patricia
patrick patrick1 patriots paul pavilion peaches peanut pearljam pebbles peekaboo peewee pegasus pencil penelope
penguin penguins penis penthous people pepper pepsi perfect personal pervert peter peterpan peterson phantom
philip philippe phillies phillips phoenix phoenix1 phpbb picard pickle pierre piglet pimp pimpin pineappl
pingpong pinkfloy pioneer pirate pitbull pizza platinum playboy player playtime please pleasure plymouth poison
pokemon pokemon1 polaris police polina polniypizdec0211 polniypizdec1102 polniypizdec110211 pontiac poohbear
pookie poontang poop poopoo pooppoop popcorn popeye porkchop porn porno pornstar porsche porsche9 portland
portugal poseidon positive potter power powers precious predator prelude presario pretty prince princess private
psycho pumpkin punisher punkrock purple pussies pussy pussy1 pussycat pussys pyramid q12345 q1w2e3 q1w2e3r4
q1w2e3r4t5 q1w2e3r4t5y6 q1w2e3r4t5y6u7i8 q1w2e3r4t5y6u7i8o9p0 qawsedrf qaz123 qazqaz qazwsx qazwsx12 qazwsx123
qazwsxed qazwsxedc qazwsxedcrfv qazwsxedcrfvtgb qazxsw qazxswedc qqq111 qwaszx qwe123 qweasd qweasdzxc qweqwe
qwer1234 qwerasdf qwert qwert123 qwertasdfgzxcvb qwerty qwerty1 qwerty12 qwerty123 qwerty1234 qwerty12345
qwerty123456 qwerty123456789 qwertyu qwertyui qwertyuio qwertyuiop qwertyuiop12345 r2d2c3po rabbit racecar
rachel racing ragnarok raider raiders raiders1 railroad rainbow raistlin rammstein random ranger rangers
rangers1 raptor rascal rasdzv3 rasputin rastaman raven raymond razz reaper rebecca red123 redalert reddog
redhead redman redneck redrum redskins redsox redwings reggie regina remember renegade research rfnthbyf
rhbcnbyf richard richard1 richards richmond rightnow rjirfrgbde rjycnfynby roadkill robbie robert roberto
robinson robotech rock rocket rockhard rocks rockstar rocky rocky1 roland rolltide romashka ronald ronaldo
ronnie rooster rootbeer roscoe rose rosebud rosemary rulez runner rush2112 ruslan russell russia rusty ryan
sabrina sailboat sailor saints sakura salvador samantha sammie sammy sampson samson samsung samsung1 samuel
samurai sandiego sandman sandra sandy santiago sapphire sarah saratoga sasha satan666 saturday saturn savage
savannah scarface scarlett school scooby scoobydo scooter scooter1 scorpio scorpion scotland scott scotty scully
seattle sebastia sebastian secret security seinfeld seminole semperfi sentinel septembe september serega
serenity sergey service seven sexsex sexy sexygirl shadow shadow1 shaggy shamrock shaney14 shannon shannon1
sharon shelby shelly sherlock sherwood shirley shit shithead shooter shopping shorty shotgun showtime sidney
siemens sierra silver simon simone simple simpson simpsons sinclair single sister sithlord skater skeeter
skipper skippy skittles skorpion skyline skywalke skywalker slapshot slayer slipknot slut smiley smith smitty
smoke smokey smooth snake sneakers snickers sniper snoopdog snoopy snowball snowboar snowman snuggles soccer
socrates softball software sojdlg123aljg solution somethin sophia sophie soso123aljg southern southpark spanking
spanky sparky spartak spartan spartans special spectrum speedy spencer spider spiderma spiderman spike spirit
spitfire splinter spongebob spooky sports spring springer squirrel squirt srinivas stacey stalker stallion
standard stanley star starbuck starcraft stardust starfire starfish stargate starship startrek starwars stealth
steelers stefan stella stephani stephanie stephen sterling steve steven stewart stinger stingray stinky stocking
stonecol stones storm stormy stranger street strike stripper student stupid subaru sublime success sucker suckit
suckme sugar summer sundance sunday sunflowe sunnyday sunset sunshine super super123 superfly superman superman1
supersta superstar surfer suzuki svetlana sweet sweetie sweetpea sweety swimming swinger swingers swordfis
swordfish sydney syncmaster syracuse system tacobell tanner target tarheels tattoo taurus taylor tazmania
teacher technics techno teens tennis teresa terminal terminator terrapin test test123 test1234 tester testing
testtest texas thailand thanatos thankyou theman theodore theone therock thirteen thomas thompson thuglife
thumper thunder thunder1 thursday thx1138 tickle tiffany tiger tiger1 tigers tigger timber time timothy tinker
titanic titanium titleist tits tomcat tommy tommyboy tomorrow tomtom tony topgun tornado toronto toshiba
tottenha toyota transam translator travel travis treasure trevor trfnthbyf trigger trinidad trinity tristan
triumph trombone trooper trouble trucker trucks truelove trumpet trustno1 tucker tunafish turkey turkey50 turtle
tweety twilight tyler ultimate umbrella underdog undertaker unicorn united universe usuckballz1 vacation vagina
valentin valentina valera valerie valhalla vampire vanessa vanhalen vegeta verbatim veronica veronika vfhbyf
vfhufhbnf vfrcbv vfrcbvrf vfvfgfgf victor victoria victory video viewsonic viking vikings viktor viktoria
vincent viper virgin virginia vision vkontakte vladimir vladislav voodoo voyager walker wallace walter wanker
warcraft warhammer warrior warriors water waterloo weasel webmaster welcome welcome1 werewolf wesley westside
westwood wetpussy whatever white whitesox whocares whynot wicked wildcat wildcats wildfire william william1
williams willie willow wilson windows winner winnie winston winston1 winter wizard wolf wolfgang wolfpack
wolverin wolverine wolves wombat wonder woody woofwoof wordpass wrangler wrestlin wrinkle1 wutang xavier xfiles
yamaha yankee yankees yankees1 yellow yfnfif yosemite young zachary zaq12wsx zaq1xsw2 zaqwsx zeppelin zerocool
zipper zombie zqjphsyf6ctifgu zxasqw12 zxc123 zxcasdqwe zxcv1234 zxcvbn zxcvbnm zxcvbnm1 zxcvbnm123456789
`;
